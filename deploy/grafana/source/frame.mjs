// What all dashboards have: identity, variables, links to each other, and where each panel lies.

import { uidOf } from "./panels.mjs";
import { dashboard } from "./sdk.mjs";

const COLUMNS = 24;
const TITLE = { vi: "Liên thông", en: "Lienthong" };
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };
const SOURCE = { vi: "Nguồn dữ liệu", en: "Data source" };
const DOCS = { vi: "Địa chỉ của tài liệu", en: "Where the documents are" };

/**
 * {name, title, about, variables?: [{name, label, query, regex?, all?}], rows: [[panel of
 * panels.mjs, its description], ...] by title} as the object that is written.
 */
export function frame(described, language, docs, all) {
  const title = `${TITLE[language]}: ${described.title[language]}`;
  const built = new dashboard.DashboardBuilder(title)
    .uid(uidOf(described.name, language))
    .description(described.about[language])
    .tags(["lienthong", language])
    .timezone("Asia/Ho_Chi_Minh")
    .time({ from: described.from ?? "now-6h", to: "now" })
    .refresh("30s")
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .version(1)
    .readonly()
    .withVariable(new dashboard.DatasourceVariableBuilder("datasource")
      .label(SOURCE[language]).type("prometheus"))
    .withVariable(new dashboard.ConstantVariableBuilder("docs")
      .label(DOCS[language]).value(docs));
  for (const one of described.variables ?? []) built.withVariable(variable(one, language));
  for (const other of all) {
    if (other !== described) built.link(linkTo(other, language));
  }
  lay(built, described.rows, language);
  const made = built.build();
  made.id = null;  // given by each Grafana
  return made;
}

function variable({ name, label, query, all }, language) {
  const built = new dashboard.QueryVariableBuilder(name)
    .label(label[language])
    .datasource(DATASOURCE)
    .query({ query, refId: name })
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc);
  if (all) {
    built.includeAll(true).multi(true).allValue(".*").current({ text: ["All"], value: ["$__all"] });
  }
  return built;
}

function linkTo(other, language) {
  return new dashboard.DashboardLinkBuilder(other.title[language])
    .type(dashboard.DashboardLinkType.Link)
    .url(`/d/${uidOf(other.name, language)}`)
    .keepTime(true)
    .includeVars(false)
    .tooltip(other.about[language]);
}

/** From left to right; a panel that does not fit begins the next line. */
function lay(built, rows, language) {
  let id = 0;
  let y = 0;
  for (const { title, panels } of rows) {
    built.withRow(new dashboard.RowBuilder(title[language])
      .id(++id).gridPos({ x: 0, y, w: COLUMNS, h: 1 }));
    y += 1;
    let x = 0;
    let height = 0;
    for (const [kind, spec] of panels) {
      const w = spec.w ?? 12;
      const h = spec.h ?? 8;
      if (x + w > COLUMNS) {
        [x, y, height] = [0, y + height, 0];
      }
      built.withPanel(kind(spec, language).id(++id).gridPos({ x, y, w, h }));
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
}
