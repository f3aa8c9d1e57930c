// Keeps a copy of a unit's feed and of lienthong.feed.all in PostgreSQL, and proves it equal.
//
//   node feed_reader.mjs       settings come from the environment, see ../README.md
//
// At a barrier the digest of every record type is computed anew from the stored bytes, so that an
// edited, added or deleted row shows too, and a line says `equal` or `different`. What differs, is
// suspect or could not be read is asked for again. The rules are those of proto/PROTOCOL.md,
// "Reading a feed well". SIGTERM ends it, with code 0; 1 = Kafka or the database refuses; 2 = a
// setting is missing.

import {readFileSync} from 'node:fs';
import kafkajs from 'kafkajs';
import lz4 from 'lz4js';
import pg from 'pg';
import {Copy, FEED_ALL} from './copy.mjs';
import {Repair} from './repair.mjs';

const NEEDED = ['LIENTHONG_KAFKA', 'LIENTHONG_OWNERS', 'LIENTHONG_UNIT', 'LIENTHONG_SYSTEM',
  'LIENTHONG_TLS_CA', 'LIENTHONG_TLS_CERT', 'LIENTHONG_TLS_KEY', 'LIENTHONG_PROTOSET', 'DATABASE'];
const SESSION_MS = 10_000;     // a reader that was killed leaves its group after that
const FETCH_BYTES = 1_048_576;
const WAIT_MS = 500;
const LOST = 'the log does not go on where this copy ended';

const {CompressionCodecs, CompressionTypes, Kafka, logLevel} = kafkajs;
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  decompress: async (bytes) => Buffer.from(lz4.decompress(bytes)),
});

class Reader {
  constructor(settings, copy, repair) {
    this.copy = copy;
    this.repair = repair;
    this.batch = Number(settings.BATCH_MESSAGES);
    this.topics = [`lienthong.feed.${settings.LIENTHONG_UNIT}`, FEED_ALL];
    const read = (name) => readFileSync(settings[`LIENTHONG_TLS_${name}`], 'utf8');
    this.kafka = new Kafka({
      clientId: settings.LIENTHONG_SYSTEM,
      brokers: settings.LIENTHONG_KAFKA.split(','),
      ssl: {ca: [read('CA')], cert: read('CERT'), key: read('KEY')},
      logLevel: logLevel.ERROR,
    });
    this.consumer = this.kafka.consumer({
      groupId: settings.LIENTHONG_SYSTEM,  // the only group that it may use
      sessionTimeout: SESSION_MS,
      maxBytesPerPartition: FETCH_BYTES,
      maxWaitTimeInMs: WAIT_MS,
    });
  }

  /** Reads until `stop` is called; an error that does not pass ends it too. */
  async run() {
    await this.check();
    const ended = new Promise((resolve, reject) => {
      this.stop = resolve;
      this.fail = reject;
    });
    const {CRASH, GROUP_JOIN} = this.consumer.events;
    this.consumer.on(GROUP_JOIN, () => this.seek());
    this.consumer.on(CRASH, ({payload}) => {
      if (!payload.restart) this.fail(payload.error);
    });
    await this.consumer.connect();
    await this.consumer.subscribe({topics: this.topics, fromBeginning: true});
    await this.consumer.run({autoCommit: false, eachBatch: (given) => this.take(given)});
    await ended;
    await this.consumer.disconnect();  // after the batch under way
  }

  /** Is the copy's offset within the log? */
  async check() {
    const admin = this.kafka.admin();
    await admin.connect();
    for (const topic of this.topics) {
      const next = await this.copy.next(topic);
      const [{low, high}] = await admin.fetchTopicOffsets(topic);
      if (next !== null && (next < BigInt(low) || next > BigInt(high))) {
        await this.startOver(topic);
      }
    }
    await admin.disconnect();
  }

  async startOver(topic) {
    await this.copy.startOver(topic, LOST);
    await this.copy.next(topic);
  }

  /** Offsets come from the copy, never from Kafka; without one the log is read from its begin. */
  seek() {
    for (const topic of this.topics) {
      const next = this.copy.expected.get(topic);
      if (next !== null) this.consumer.seek({topic, partition: 0, offset: String(next)});
    }
  }

  async take({batch, heartbeat, isRunning, isStale}) {
    const {topic} = batch;
    try {
      const next = this.copy.expected.get(topic);
      if (next !== null && next > BigInt(batch.highWatermark)) {
        await this.startOver(topic);
        this.consumer.seek({topic, partition: 0, offset: '0'});
        return;
      }
      // What is below was applied already: fetched before the offset was sought.
      const messages = batch.messages.filter(({offset}) => next === null || BigInt(offset) >= next);
      for (let first = 0; first < messages.length; first += this.batch) {
        if (!isRunning() || isStale()) return;
        await this.apply(topic, messages.slice(first, first + this.batch));
        await heartbeat();
      }
    } catch (error) {
      if (!error.name?.startsWith('KafkaJS')) this.fail(error);
      throw error;
    }
  }

  async apply(topic, messages) {
    for (const found of await this.copy.apply(topic, messages)) {
      const sums = [...found.ours].sort().map(
        ([name, {count, digest}]) => `${name}=${count}:${digest}`);
      const why = found.isEqual ? []
        : [`differing=${found.differing.join(',')}`, `parked=${found.parked}`];
      console.log(found.isEqual ? 'equal' : 'different', topic, found.owner,
        `${found.epoch}/${found.sequence}`, ...why, ...sums);
      await this.repair.consider(found);
    }
  }
}

async function main() {
  const settings = {BATCH_MESSAGES: '500', ...process.env};
  const missing = NEEDED.filter((name) => !settings[name]);
  if (missing.length > 0) {
    console.error('not set:', missing.join(', '));
    return 2;
  }
  const session = new pg.Client({connectionString: settings.DATABASE});
  await session.connect();
  const copy = new Copy(session);
  await copy.make();
  const reader = new Reader(settings, copy, new Repair(copy, settings));
  session.on('error', (error) => reader.fail?.(error));
  process.on('SIGTERM', () => reader.stop?.());
  await reader.run();
  await session.end();
  return 0;
}

main().then((code) => process.exit(code), (error) => {
  console.error('ended:', error.message);
  process.exit(1);
});
