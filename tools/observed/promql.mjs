// Reads a JSON list of PromQL expressions from standard input and writes what each says, as JSON:
//
//   {"wrong": text that does not parse, or null,
//    "selectors": [{"metric", "labels", "text"}],        text without range and offset
//    "ranges": [{"function", "range"}],                  of calls such as rate(x[5m])
//    "grouped": [label]}                                 named by `by` and `on`

import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const require = createRequire(new URL("../../build/npm/", import.meta.url));
const { parser } = require("@prometheus-io/lezer-promql");

function read(expression) {
  const found = { wrong: null, selectors: [], ranges: [], grouped: [] };
  const cut = (node) => expression.slice(node.from, node.to);
  parser.parse(expression).iterate({ enter(cursor) {
    const node = cursor.node;
    if (node.type.isError) {
      found.wrong ??= expression.slice(Math.max(0, node.from - 20), node.to + 20);
    } else if (node.name === "VectorSelector") {
      found.selectors.push(selector(node, cut));
    } else if (node.name === "MatrixSelector" || node.name === "SubqueryExpr") {
      found.ranges.push({ function: functionAround(node, cut), range: rangeOf(cut(node)) });
    } else if (node.name === "GroupingLabels") {
      found.grouped.push(...node.getChildren("LabelName").map(cut));
    }
  } });
  return found;
}

function selector(node, cut) {
  const matchers = node.getChild("LabelMatchers");
  const labels = [];
  if (matchers) {
    matchers.cursor().iterate((inner) => {
      if (inner.name === "LabelName") labels.push(cut(inner.node));
    });
  }
  const name = node.getChild("Identifier");
  return { metric: name ? cut(name) : "", labels, text: cut(node) };
}

function functionAround(node, cut) {
  for (let at = node.parent; at; at = at.parent) {
    if (at.name === "FunctionCall") return cut(at.getChild("FunctionIdentifier"));
  }
  return "";
}

const rangeOf = (words) => words.slice(words.lastIndexOf("[") + 1, words.lastIndexOf("]"));

process.stdout.write(JSON.stringify(JSON.parse(await text(process.stdin)).map(read)));
