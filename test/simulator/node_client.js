// SPDX-License-Identifier: Apache-2.0
//
// A bot on symphony-api-client-node, for test_node_client.py: `node node_client.js PACKAGE CONFIG`,
// the folder of the package and its configuration as JSON. Prints what happens, one JSON line each.
'use strict'

const [package_folder, config] = process.argv.slice(2)
const Symphony = require(package_folder)

const say = (what, value) => process.stdout.write(JSON.stringify({ what, value }) + '\n')
console.log = console.warn = (...words) => process.stderr.write(words.join(' ') + '\n')

Symphony.initBotFromObjects(JSON.parse(config)).then(() => {
  say('user', Symphony.getBotUser().username)
  Symphony.getDatafeedEventsService({
    onCreated: id => say('feed', id),
    onError: error => say('error', error),
    onMessageSent: messages => messages.forEach(message => say('message', message.messageId)),
    onSymphonyelementsaction: actions => actions.forEach(action => say('action', action.formId)),
  })
})
