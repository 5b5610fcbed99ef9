// Serves emulate's GitHub for a seed given as JSON, and prints where and with which key; it is run beside node_modules.
import { createEmulator } from "emulate";

const github = await createEmulator({ service: "github", port: 0, seed: JSON.parse(process.argv[2]) });
console.log(JSON.stringify({ url: github.url, key: github.generatedSecrets[0].value }));
