// The Grafana Foundation SDK, as tools/setup --tests installs it under build/npm.

import { createRequire } from "node:module";

const require = createRequire(new URL("../../../build/npm/", import.meta.url));
const part = (name) => require(`@grafana/grafana-foundation-sdk/${name}`);

export const common = part("common");
export const dashboard = part("dashboard");
export const prometheus = part("prometheus");
export const stat = part("stat");
export const statushistory = part("statushistory");
export const table = part("table");
export const text = part("text");
export const timeseries = part("timeseries");
