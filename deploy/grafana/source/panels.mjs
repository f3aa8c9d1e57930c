// Panels of one language. Each takes a description of the same shape:
//
//   title, about    {vi, en}; `about` says what is shown and what is normal
//   unit            Grafana's id of the unit of the values
//   runbook, page   where the link leads: an alert with a runbook, or a page under deploy/, which
//                   is a string or {vi, en}
//   queries         [{expr, legend?: string or {vi, en}, ...}]
//   units?          true where each series is a unit: a click opens that unit's dashboard
//   w, h            columns of 24, and rows
//
// and what only its kind knows. Panels that differ in look alone have no parameter for it: whoever
// knows one dashboard shall know them all.

import { common, dashboard, prometheus, stat, statushistory, table, text, timeseries }
  from "./sdk.mjs";

const DATASOURCE = { type: "prometheus", uid: "${datasource}" };
const DOCS = "${docs}";
const PAGE = { vi: "Giải thích", en: "Explained" };
const RUNBOOK = { vi: "Quy trình xử lý", en: "Runbook" };

/** Colours by meaning. */
export const COLOURS = { good: "green", warn: "yellow", bad: "red", away: "purple", idle: "blue" };

/** The English set has identities of its own, so that both can be loaded. */
export const uidOf = (name, language) => `lienthong-${name}${language === "vi" ? "" : "-en"}`;

const say = (words, language) => (typeof words === "string" ? words : words[language]);

function link({ runbook, page }, language) {
  const path = runbook ? `runbooks/${language}/${runbook}.md` : say(page, language);
  const name = runbook ? `${RUNBOOK[language]}: ${runbook}` : `${PAGE[language]}: ${path}`;
  return new dashboard.DashboardLinkBuilder(name)
    .type(dashboard.DashboardLinkType.Link)
    .url(`${DOCS}/${path}`)
    .targetBlank(true);
}

function target(query, number, language, format) {
  const built = new prometheus.DataqueryBuilder()
    .refId(String.fromCharCode("A".charCodeAt(0) + number))
    .datasource(DATASOURCE)
    .editorMode(prometheus.QueryEditorMode.Code)
    .format(format)
    .expr(query.expr.replace(/\s+/g, " ").replace(/\( /g, "(").replace(/ \)/g, ")").trim());
  if (query.legend) built.legendFormat(say(query.legend, language));
  return query.over ? built.range() : built.instant();
}

function begin(builder, spec, language, { over, format = "time_series" }) {
  builder
    .title(say(spec.title, language))
    .description(say(spec.about, language))
    .links([link(spec, language)])
    .gridPos({ x: 0, y: 0, w: spec.w ?? 12, h: spec.h ?? 8 })
    .transparent(false);
  if (!spec.queries) return builder;
  builder.datasource(DATASOURCE).unit(spec.unit);
  spec.queries.forEach((query, number) =>
    builder.withTarget(target({ over, ...query }, number, language, format)));
  if (spec.decimals !== undefined) builder.decimals(spec.decimals);
  if (spec.min !== undefined) builder.min(spec.min);
  if (spec.max !== undefined) builder.max(spec.max);
  if (spec.states) builder.mappings([mapping(spec.states, language)]);
  if (spec.units) builder.dataLinks([toUnit(language)]);
  builder.thresholds(thresholds(spec.steps ?? [[null, COLOURS.good]]));
  return builder;
}

const unitAddress = (language, unit) => `/d/${uidOf("unit", language)}?var-unit=${unit}`;

const toUnit = (language) =>
  new dashboard.DashboardLinkBuilder("${__field.labels.unit}")
    .url(unitAddress(language, "${__field.labels.unit}"));

/** [[from, colour], ...]; the first from is null. */
function thresholds(steps) {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(steps.map(([value, color]) => ({ value, color })));
}

/** {number: {text: {vi, en}, colour}} as Grafana's value mapping. */
function mapping(states, language) {
  const options = {};
  Object.entries(states).forEach(([value, { text: words, colour }], index) => {
    options[value] = { text: say(words, language), color: colour, index };
  });
  return { type: "value", options };
}

const byColour = () =>
  new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds);

/** Large numbers of now, one for each series. */
export function numbers(spec, language) {
  const built = new stat.PanelBuilder();
  begin(built, spec, language, { over: false });
  return built
    .colorScheme(byColour())
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false))
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(spec.cells ? common.BigValueColorMode.Background : common.BigValueColorMode.Value)
    .textMode(spec.cells || spec.queries.length > 1 || spec.named
      ? common.BigValueTextMode.ValueAndName : common.BigValueTextMode.Value)
    .justifyMode(common.BigValueJustifyMode.Center);
}

/** A row of cells for each series, over time. */
export function history(spec, language) {
  const built = new statushistory.PanelBuilder();
  begin(built, spec, language, { over: true });
  return built
    .colorScheme(byColour())
    .maxDataPoints(spec.points ?? 60)
    .showValue(common.VisibilityMode.Never)
    .rowHeight(0.9)
    .legend(new common.VizLegendOptionsBuilder()
      .showLegend(true)
      .displayMode(common.LegendDisplayMode.List)
      .placement(common.LegendPlacement.Bottom));
}

/** Lines over time; `stacked` where the sum means something. */
export function lines(spec, language) {
  const built = new timeseries.PanelBuilder();
  begin(built, spec, language, { over: true });
  built
    .lineWidth(1)
    .fillOpacity(spec.stacked ? 30 : 5)
    .showPoints(common.VisibilityMode.Never)
    .spanNulls(false)
    .legend(new common.VizLegendOptionsBuilder()
      .showLegend(true)
      .displayMode(common.LegendDisplayMode.Table)
      .placement(common.LegendPlacement.Bottom)
      .calcs(["lastNotNull", "max"]))
    .tooltip(new common.VizTooltipOptionsBuilder()
      .mode(common.TooltipDisplayMode.Multi)
      .sort(common.SortOrder.Descending));
  if (spec.stacked) {
    built.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  }
  return built;
}

/**
 * A table of now: a line for each value of the label `rows`, a column for each query, which has
 * {name, unit, states?, steps?}.
 */
export function grid(spec, language) {
  const built = new table.PanelBuilder();
  begin(built, spec, language, { over: false, format: "table" });
  const renameByName = {};
  const indexByName = {};
  spec.rows.forEach(({ label, name }, index) => {
    renameByName[label] = say(name, language);
    indexByName[label] = index;
    if (label === "unit") {
      built.overrideByName(say(name, language), [{ id: "links", value: [
        { title: "${__value.text}", url: unitAddress(language, "${__value.text}") }] }]);
    }
  });
  spec.queries.forEach((query, number) => {
    const value = spec.queries.length === 1
      ? "Value" : `Value #${String.fromCharCode("A".charCodeAt(0) + number)}`;
    renameByName[value] = say(query.name, language);
    indexByName[value] = spec.rows.length + number;
    built.overrideByName(say(query.name, language), column(query, language));
  });
  if (spec.queries.length > 1) built.withTransformation({ id: "merge", options: {} });
  built.withTransformation({
    id: "organize", options: { excludeByName: { Time: true }, indexByName, renameByName } });
  const first = spec.queries[spec.sort ?? 0];
  return built
    .showHeader(true)
    .sortBy([new common.TableSortByFieldStateBuilder()
      .displayName(say(first.name, language)).desc(!first.ascending)]);
}

function column(query, language) {
  const properties = [{ id: "unit", value: query.unit }];
  if (query.states) properties.push({ id: "mappings", value: [mapping(query.states, language)] });
  if (query.decimals !== undefined) properties.push({ id: "decimals", value: query.decimals });
  if (query.steps) {
    properties.push(
      { id: "thresholds", value: {
        mode: "absolute", steps: query.steps.map(([value, color]) => ({ value, color })) } },
      { id: "color", value: { mode: "thresholds" } });
  }
  if (query.states || query.steps) {
    properties.push({ id: "custom.cellOptions", value: { type: "color-text" } });
  }
  return properties;
}

/** Words. */
export function note(spec, language) {
  const built = new text.PanelBuilder();
  begin(built, spec, language, {});
  return built.mode(text.TextMode.Markdown).content(say(spec.content, language));
}
