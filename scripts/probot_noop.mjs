// Probot as it is, with an app that does nothing: what `bench_bot.py` compares the bot with.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.cwd()}/`);
const { run } = await import(pathToFileURL(require.resolve("probot")));
const server = await run(() => {}, { env: { ...process.env, LOG_LEVEL: "warn" } });
console.log(JSON.stringify({ address: `http://127.0.0.1:${server.port}` }));
