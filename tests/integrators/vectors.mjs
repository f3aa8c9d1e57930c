// Digest and buckets of the sets on standard input (selftest.py), by the sample in Node.

import {readFileSync} from 'node:fs';
import {bucketOf, digestOf, viewHash} from '../../deploy/integrators/node/protocol.mjs';

for (const {messages} of JSON.parse(readFileSync(0, 'utf8'))) {
  const numbers = messages.map(([key, version, value]) =>
    viewHash(key, version, Buffer.from(value)));
  console.log(digestOf(numbers).digest, ...messages.map(([key]) => bucketOf(key)));
}
