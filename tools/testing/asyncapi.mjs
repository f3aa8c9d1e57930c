// Parses AsyncAPI documents and prints what is wrong with them; exit code 1 on any error.
//
//   node tools/testing/asyncapi.mjs FILE...

import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';

const require = createRequire(resolve('build/npm/package.json'));
const {Parser} = require('@asyncapi/parser');
const ERROR = 0;  // a severity; the others are advice

let errors = 0;
for (const file of process.argv.slice(2)) {
  const {document, diagnostics} = await new Parser().parse(readFileSync(file, 'utf8'),
    {source: resolve(file)});
  const wrong = diagnostics.filter(({severity}) => severity === ERROR);
  for (const {message, path, range} of wrong) {
    console.log(`${file}:${range.start.line + 1}: ${path.join('.')}: ${message}`);
  }
  errors += wrong.length;
  if (!document) {
    console.log(`${file}: not an AsyncAPI document`);
    errors += 1;
  } else {
    console.log(`${file}: ${document.channels().length} channels, `
      + `${document.messages().length} messages`);
  }
}
process.exit(errors > 0 || process.argv.length < 3 ? 1 : 0);
