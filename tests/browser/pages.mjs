#!/usr/bin/node
// The portal's pages in a real browser: one line for each case, exit code 1 when one fails.
//
//   pages.mjs URL --rate CODE,CONTACT --reopen CODE,CONTACT --keys CODE,CONTACT --keys CODE,CONTACT
//             --reply CODE,CONTACT (three times) --question WORDS --published ID --words WORDS
//             [--only PART_OF_A_NAME]
//
// URL: of the portal, which has a map of communes. The codes are of answered reports that are open to
// their citizen, those of --reply of reports whose units have asked WORDS and wait; ID of a published
// one, WORDS of what was published there, with diacritics.
import { parseArgs } from 'node:util';

import { follows } from './follow.mjs';
import { keys } from './keys.mjs';
import { kept } from './kept.mjs';
import { looks } from './looks.mjs';
import { reports } from './report.mjs';
import { Stage } from './stage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string' }, reopen: { type: 'string' }, published: { type: 'string' },
    keys: { type: 'string', multiple: true }, reply: { type: 'string', multiple: true },
    question: { type: 'string' }, words: { type: 'string' }, only: { type: 'string' },
  },
});

async function main() {
  const stage = await Stage.open(positionals[0]);
  const split = (text) => text.split(',');
  const given = {
    ...values, rate: split(values.rate), reopen: split(values.reopen), keys: values.keys.map(split),
    reply: values.reply.map(split),
  };
  let failures = 0;
  const cases = { ...keys, ...reports, ...kept, ...follows, ...looks };
  for (const [name, run] of Object.entries(cases)) {
    if (values.only && !name.includes(values.only)) continue;
    try {
      const told = await run(stage, given);
      console.log(`ok      ${name}${told ? `: ${told}` : ''}`);
    } catch (error) {
      failures += 1;
      console.log(`FAILED  ${name}: ${error.message.split('\n').slice(0, 4).join(' | ')}`);
    }
  }
  await stage.close();
  return failures;
}

process.exit(await main() === 0 ? 0 : 1);
