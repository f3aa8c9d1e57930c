// Asks owners for what is wrong, with growing pauses. Never inside a transaction.

import {readFileSync} from 'node:fs';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import {FEED_ALL} from './copy.mjs';
import {bucketOf, digestOf, hex, isSame, viewHash} from './protocol.mjs';

const CALL_MS = 30_000;
const PAUSE_MS = 10_000;
const PAUSE_MS_MAX = 300_000;
const REPUBLISH_KEYS_MAX = 1000;  // in one call
const REPAIR_KEYS_MAX = 10_000;   // in one repair

export class Repair {
  constructor(copy, settings) {
    this.copy = copy;
    this.pauses = new Map();
    const set = loader.loadFileDescriptorSetFromBuffer(readFileSync(settings.LIENTHONG_PROTOSET),
      {longs: BigInt, keepCase: true, defaults: true, enums: String});
    const {JournalService} = grpc.loadPackageDefinition(set).lienthong.journal.v1;
    const read = (name) => readFileSync(settings[`LIENTHONG_TLS_${name}`]);
    const credentials = grpc.credentials.createSsl(read('CA'), read('KEY'), read('CERT'));
    this.owners = new Map(settings.LIENTHONG_OWNERS.split(',').map((pair) => {
      const [name, address] = pair.split('=');
      return [name, new JournalService(address, credentials)];
    }));
  }

  call(owner, method, request) {
    return new Promise((resolve, reject) => {
      owner[method](request, {deadline: Date.now() + CALL_MS},
        (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }

  async consider(found) {
    const place = `${found.topic} ${found.owner}`;
    if (found.isEqual && found.suspects === 0) {
      this.pauses.delete(place);
      return;
    }
    const {due, pause} = this.pauses.get(place) ?? {due: 0, pause: PAUSE_MS};
    const owner = this.owners.get(found.owner);
    if (Date.now() < due || !owner) return;
    this.pauses.set(place, {due: Date.now() + pause, pause: Math.min(2 * pause, PAUSE_MS_MAX)});
    try {
      const asked = await this.run(found, owner);
      console.log('asked', place, `for ${asked} records again`);
    } catch (error) {
      if (!(error?.code in grpc.status)) throw error;
      console.log('repair failed', place, grpc.status[error.code], error.details);
    }
  }

  async run(found, owner) {
    const feed = found.topic === FEED_ALL ? 'FEED_ALL' : 'FEED_OWN';
    const differing = [];
    for (const name of found.differing) {
      if (differing.length < REPAIR_KEYS_MAX) {
        differing.push(...await this.differing(found, owner, feed, name));
      }
    }
    differing.length = Math.min(differing.length, REPAIR_KEYS_MAX);
    // A row that differs believes any answer.
    await this.copy.query(`UPDATE record SET epoch = 0, sequence = 0
      WHERE topic = $1 AND key = ANY ($2)`, found.topic, differing);
    // An unknown owner is '', so the key of what is found here names a record.
    const wanted = await this.copy.query(`
      SELECT key FROM record WHERE topic = $1 AND owner = $2 AND suspect
      UNION SELECT convert_from(key, 'UTF8') FROM parked
        WHERE topic = $1 AND owner = $2 AND substr(key, 1, 8) <> 'barrier/'
      LIMIT $3`, found.topic, found.owner, REPAIR_KEYS_MAX);
    const keys = [...new Set([...differing, ...wanted.map(({key}) => key)])];
    for (let first = 0; first < keys.length; first += REPUBLISH_KEYS_MAX) {
      const answer = await this.call(owner, 'Republish',
        {feed, keys: keys.slice(first, first + REPUBLISH_KEYS_MAX)});
      await this.remove(found, answer.never_published);
    }
    return keys.length;
  }

  /** Keys of a type whose version or hash the owner states otherwise. */
  async differing(found, owner, feed, name) {
    const sides = Array.from({length: 256}, () => new Map());
    for (const row of await this.copy.live(found.topic, found.owner, `${name}/`)) {
      sides[bucketOf(row.key)].set(row.key,
        {version: row.version, number: viewHash(row.key, row.version, row.value)});
    }
    const {buckets} = await this.call(owner, 'ListBucketDigests', {record_type: name, feed});
    const keys = [];
    for (const [index, ours] of sides.entries()) {
      const numbers = [...ours.values()].map(({number}) => number);
      const theirs = {count: BigInt(buckets[index].count), digest: buckets[index].digest};
      if (isSame(digestOf(numbers), theirs)) continue;
      const {entries} = await this.call(owner, 'ListBucket',
        {record_type: name, feed, bucket: index});
      const listed = new Map(entries.map((entry) =>
        [`${name}/${entry.record_id}`, `${entry.version} ${entry.hash}`]));
      const held = new Map([...ours].map(([key, {version, number}]) =>
        [key, `${version} ${hex(number)}`]));
      keys.push(...[...new Set([...held.keys(), ...listed.keys()])].filter(
        (key) => held.get(key) !== listed.get(key)));
    }
    return keys;
  }

  /** Of feed.all: nothing of these keys was ever for everyone, so no message will come. */
  async remove(found, keys) {
    if (keys.length === 0) return;
    await this.copy.transact(async () => {
      const {complete} = await this.copy.owner(found.topic, found.owner);
      for (const key of keys) {
        await this.copy.query(`UPDATE record SET value = NULL, suspect = false, epoch = $3,
          sequence = 0 WHERE topic = $1 AND key = $2`, found.topic, key, complete);
        await this.copy.unpark(found.topic, key);
      }
    });
  }
}
