// SPDX-License-Identifier: Apache-2.0
//
// node.js - the same with Node's https, as its documentation has it: an agent that keeps one
// connection, an answer collected as a string, and JSON.parse of the whole.
//
//     node node.js PORT CA-FILE TOKEN-FILE
//
// Counts the events by type until a batch is empty, and prints how many there were.
"use strict";
const fs = require("fs");
const https = require("https");

const [port, caFile, tokenFile] = process.argv.slice(2);
const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: fs.readFileSync(caFile) });
const headers = {
    sessionToken: fs.readFileSync(tokenFile, "utf8").trim(),
    "Content-Type": "application/json",
};

// One call; its answer, parsed.
function call(method, path, body) {
    const options = { agent, method, headers, host: "localhost", port, path: "/agent" + path };
    return new Promise((resolve, reject) => {
        const request = https.request(options, (response) => {
            let text = "";
            response.setEncoding("utf8");
            response.on("data", (chunk) => { text += chunk; });
            response.on("end", () => {
                if (response.statusCode >= 300) {
                    reject(new Error(`status ${response.statusCode}`));
                } else {
                    resolve(JSON.parse(text));
                }
            });
            response.on("error", reject);
        });
        request.on("error", reject);
        request.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

async function main() {
    const counts = new Map();
    let events = 0;
    let batch = { ackId: "" };

    await call("GET", "/v5/datafeeds?tag=compare");
    const feed = await call("POST", "/v5/datafeeds", { tag: "compare" });
    do {
        batch = await call("POST", `/v5/datafeeds/${feed.id}/read`, { ackId: batch.ackId });
        for (const event of batch.events) {
            counts.set(event.type, (counts.get(event.type) || 0) + 1);
        }
        events += batch.events.length;
    } while (batch.events.length > 0);
    agent.destroy();
    console.log(`${events} events, ${counts.get("MESSAGESENT") || 0} messages`);
}

main().catch((error) => {
    console.error(`node.js: ${error.message}`);
    process.exitCode = 1;
});
