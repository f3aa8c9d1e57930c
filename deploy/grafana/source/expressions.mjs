// Expressions that several dashboards share.

import { COLOURS } from "./panels.mjs";

/** As `lienthong status` says it (services/ops); an idle feed has a barrier every 20 s. */
export const BEHIND_SECONDS = 60;

/** Recorded by the rules, for 30 days also of a unit whose process is gone; 0 = never equal. */
const VERIFIED = "unit:lienthong_feed_verified_timestamp_seconds:last";
const AGE = "unit:lienthong_feed_verified_age_seconds:last";
const DIVERGENT = "unit:lienthong_feed_divergent_records:sum";

/**
 * 0 equal, 1 behind, 2 diverged, 3 unreachable, for each unit or for the unit "$unit". What could
 * not be applied counts as different, as in `lienthong status`.
 */
export function unitState(one = "") {
  const of = (label) => (one ? `{${label}="${one}"}` : `{${label}!~"service-.+"}`);
  return `
    3 * (${VERIFIED}${of("unit")} >= bool 0
      unless on (unit) max by (unit) (lienthong_feed_verified_timestamp_seconds${of("unit")}))
    or 2 * (${DIVERGENT}${of("unit")} > bool 0) > 0
    or 2 * (max by (unit) (label_replace(lienthong_parked_events${of("consumer")},
      "unit", "$1", "consumer", "(.+)")) > bool 0) > 0
    or ${AGE}${of("unit")} > bool ${BEHIND_SECONDS}`;
}

/** Until when each unit is known to have had everything, in milliseconds as Grafana shows times. */
export const verifiedUntil = (one = "") =>
  `1000 * (${VERIFIED}${one ? `{unit="${one}"}` : ""} > 0)`;

/** For how long it has not been confirmed that a unit has everything, in seconds. */
export const unconfirmed = `time() - (${VERIFIED} > 0)`;

export const UNIT_STATES = {
  0: { text: { vi: "Khớp", en: "equal" }, colour: COLOURS.good },
  1: { text: { vi: "Chậm", en: "behind" }, colour: COLOURS.warn },
  2: { text: { vi: "Lệch", en: "diverged" }, colour: COLOURS.bad },
  3: { text: { vi: "Mất liên lạc", en: "unreachable" }, colour: COLOURS.away },
};
export const STATE_STEPS = [
  [null, COLOURS.good], [1, COLOURS.warn], [2, COLOURS.bad], [3, COLOURS.away]];

/** Thresholds where any is one too many. */
export const NONE = [[null, COLOURS.good], [1, COLOURS.bad]];

/** Of the RPCs of the chosen processes. */
export const CHOSEN = 'job=~"$job",instance=~"$instance"';
