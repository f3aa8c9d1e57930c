// Writes the dashboards, a folder for each language.
//
//   node deploy/grafana/source/generate.mjs [--out DIR] [--docs ADDRESS]
//
// --out    default deploy/grafana/dashboards
// --docs   where the pages of deploy/ are served, what panels link to; default /lienthong-docs on
//          Grafana's own host
//
// Exit codes: 0 written, 2 wrong usage.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { business } from "./business.mjs";
import { feeds } from "./feeds.mjs";
import { frame } from "./frame.mjs";
import { integrator } from "./integrator.mjs";
import { province } from "./province.mjs";
import { service } from "./service.mjs";
import { unit } from "./unit.mjs";

const LANGUAGES = ["vi", "en"];
const DASHBOARDS = [province, service, feeds, unit, business, integrator];

function options() {
  try {
    return parseArgs({ options: {
      out: { type: "string", default: fileURLToPath(new URL("../dashboards", import.meta.url)) },
      docs: { type: "string", default: "/lienthong-docs" },
    } }).values;
  } catch (error) {
    console.error(`generate.mjs: ${error.message}`);
    process.exit(2);
  }
}

const { out, docs } = options();
if (!/^(https?:\/\/[^\s/]|\/[^\s/])\S*[^\s/]$/.test(docs)) {
  console.error(`generate.mjs: --docs: not an address without a slash at its end: ${docs}`);
  process.exit(2);
}
for (const language of LANGUAGES) {
  const folder = join(out, language);
  mkdirSync(folder, { recursive: true });
  // A dashboard that was renamed leaves no copy behind.
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".json")) rmSync(join(folder, name));
  }
  for (const described of DASHBOARDS) {
    const built = frame(described, language, docs, DASHBOARDS);
    writeFileSync(join(folder, `${described.name}.json`), `${JSON.stringify(built, null, 1)}\n`);
  }
}
