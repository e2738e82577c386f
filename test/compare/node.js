// SPDX-License-Identifier: Apache-2.0
//
// node.js - follows a feed with Node's https, as its documentation and the agent's have it: an agent
// that keeps one connection, an answer collected as a string, and JSON.parse of the whole. A 400 means
// that the feed is gone, a 401 that the token is old; after anything else that is no batch it waits and
// tries again.
//
//     node node.js PORT CA-FILE TOKEN-FILE [print]
//
// Counts the events by type until a batch is empty, and prints how many there were. With `print` it
// prints the id of each event, and goes on for ever.
"use strict";
const fs = require("fs");
const https = require("https");

const [port, caFile, tokenFile, print] = process.argv.slice(2);
const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: fs.readFileSync(caFile) });
const headers = { "Content-Type": "application/json" };

function readToken() {
    headers.sessionToken = fs.readFileSync(tokenFile, "utf8").trim();
}

class Refused extends Error {
    constructor(response) {
        super(`status ${response.statusCode}`);
        this.status = response.statusCode;
        this.retryAfter = Number(response.headers["retry-after"]) || 0;
    }
}

// One call; its answer, parsed.
function call(method, path, body) {
    const options = { agent, method, headers, host: "localhost", port, path: "/agent" + path, timeout: 60000 };
    return new Promise((resolve, reject) => {
        const request = https.request(options, (response) => {
            let text = "";
            response.setEncoding("utf8");
            response.on("data", (chunk) => { text += chunk; });
            response.on("end", () => {
                if (response.statusCode >= 300) {
                    reject(new Refused(response));
                    return;
                }
                try {
                    resolve(JSON.parse(text));
                } catch (error) {
                    reject(error);
                }
            });
            response.on("error", reject);
        });
        request.on("timeout", () => request.destroy(new Error("timeout")));
        request.on("error", reject);
        request.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

// The feed with the tag, or a new one.
async function findFeed() {
    const [found] = await call("GET", "/v5/datafeeds?tag=compare");
    return found || call("POST", "/v5/datafeeds", { tag: "compare" });
}

async function main() {
    const counts = new Map();
    let events = 0, feed = null, ackId = "", step = 500;

    readToken();
    for (;;) {
        try {
            if (feed === null) {
                feed = await findFeed();
                ackId = "";
            }
            const batch = await call("POST", `/v5/datafeeds/${feed.id}/read`, { ackId });
            for (const event of batch.events) {
                counts.set(event.type, (counts.get(event.type) || 0) + 1);
                if (print) {
                    console.log(event.id);
                }
            }
            ackId = batch.ackId;
            events += batch.events.length;
            step = 500;
            if (batch.events.length === 0 && !print) {
                break;
            }
        } catch (error) {
            console.error(`node.js: ${error.message}`);
            if (error.status === 400) {
                feed = null;
            } else if (error.status === 401) {
                readToken();
            }
            // Half a second, twice as long each time up to 30 s, or as the server says.
            const wait = error.retryAfter > 0 ? error.retryAfter * 1000 : step;
            await new Promise((resolve) => setTimeout(resolve, wait));
            step = Math.min(2 * step, 30000);
        }
    }
    agent.destroy();
    console.log(`${events} events, ${counts.get("MESSAGESENT") || 0} messages`);
}

main();
