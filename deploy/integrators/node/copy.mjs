// The copy in PostgreSQL: offset, guards and rows change in one transaction.

import {digestOf, compare, isSame, NONE, ownerOf, parseBarrier, parseKey, parseRecord, Unreadable,
  viewHash} from './protocol.mjs';

export const FEED_ALL = 'lienthong.feed.all';
const COMPACTION_LAG_MS = 3_600_000;   // min.compaction.lag.ms: older barriers are not compared
const AWAY_DAYS_MAX = 7;               // delete.retention.ms: after that tombstones are gone
const TABLES = ['position', 'record', 'owner', 'parked'];

const SCHEMA = `
CREATE TABLE IF NOT EXISTS position (
  topic text PRIMARY KEY, next bigint NOT NULL, applied_at timestamptz NOT NULL);
-- (epoch, sequence) is the guard of the key; it stays when the record is gone (value NULL).
CREATE TABLE IF NOT EXISTS record (
  topic text, key text, owner text NOT NULL, epoch bigint NOT NULL, sequence bigint NOT NULL,
  version bigint NOT NULL, value bytea, suspect boolean NOT NULL DEFAULT false,
  PRIMARY KEY (topic, key));
CREATE INDEX IF NOT EXISTS record_owner ON record (topic, owner);
-- (epoch, sequence) is the highest seen of the owner.
CREATE TABLE IF NOT EXISTS owner (
  topic text, owner text, epoch bigint NOT NULL, sequence bigint NOT NULL,
  complete bigint NOT NULL, PRIMARY KEY (topic, owner));
CREATE TABLE IF NOT EXISTS parked (
  topic text, key bytea, owner text NOT NULL, message_offset bigint NOT NULL,
  reason text NOT NULL, headers text NOT NULL, value bytea, PRIMARY KEY (topic, key));
-- What your own programs read: the unit's own feed wins over feed.all.
CREATE OR REPLACE VIEW live AS
  SELECT key, version, convert_from(value, 'UTF8')::json AS value FROM record r
  WHERE value IS NOT NULL AND (topic <> 'lienthong.feed.all' OR NOT EXISTS (
    SELECT FROM record o WHERE o.key = r.key AND o.topic <> r.topic AND o.value IS NOT NULL));`;

export class Copy {
  /** @param session a connected pg.Client that nobody else uses. */
  constructor(session) {
    this.session = session;
    this.expected = new Map();  // topic -> the stored offset, as this process knows it
  }

  async query(statement, ...values) {
    return (await this.session.query(statement, values)).rows;
  }

  make() {
    return this.session.query(SCHEMA);
  }

  async transact(work) {
    await this.query('BEGIN');
    try {
      const result = await work();
      await this.query('COMMIT');
      return result;
    } catch (error) {
      await this.query('ROLLBACK').catch(() => {});  // without a connection it is rolled back too
      throw error;
    }
  }

  /** The offset to go on at, null = from the beginning; an outdated copy is emptied. */
  async next(topic) {
    let [row] = await this.query(`SELECT next, applied_at < now() - interval '1 day' * $2 AS away
      FROM position WHERE topic = $1`, topic, AWAY_DAYS_MAX);
    if (row?.away) {
      await this.startOver(topic, 'away for longer than tombstones are kept');
      row = undefined;
    }
    this.expected.set(topic, row ? BigInt(row.next) : null);
    return this.expected.get(topic);
  }

  async startOver(topic, reason) {
    console.log('starting over', topic, reason);
    await this.transact(async () => {
      for (const table of TABLES) await this.query(`DELETE FROM ${table} WHERE topic = $1`, topic);
    });
  }

  /** Compare-and-swap of the offset: nobody else may have gone on or started over. */
  async move(topic, following) {
    const expected = this.expected.get(topic);
    const moved = expected === null
      ? await this.query(`INSERT INTO position VALUES ($1, $2, now())
          ON CONFLICT DO NOTHING RETURNING 1`, topic, following)
      : await this.query(`UPDATE position SET next = $2, applied_at = now()
          WHERE topic = $1 AND next = $3 RETURNING 1`, topic, following, expected);
    if (moved.length !== 1) throw new Error(`another reader moved the offset of ${topic}`);
  }

  /** {seen: {epoch, sequence}, complete} of an owner. */
  async owner(topic, owner) {
    const [row] = await this.query('SELECT * FROM owner WHERE topic = $1 AND owner = $2',
      topic, owner);
    return {
      seen: {epoch: BigInt(row?.epoch ?? 0), sequence: BigInt(row?.sequence ?? 0)},
      complete: BigInt(row?.complete ?? 0),
    };
  }

  noteOwner(topic, owner, seen, complete) {
    return this.query(`INSERT INTO owner VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (topic, owner) DO UPDATE SET epoch = $3, sequence = $4, complete = $5`,
    topic, owner, seen.epoch, seen.sequence, complete);
  }

  async applyRecord(topic, key, headers, value) {
    const record = parseRecord(headers, value);
    const [row] = await this.query(
      'SELECT owner, epoch, sequence FROM record WHERE topic = $1 AND key = $2', topic, key);
    if (row && row.owner !== record.owner) {
      throw new Unreadable('the record belongs to another owner');
    }
    const {seen, complete} = await this.owner(topic, record.owner);
    if (compare(record, seen) > 0) await this.noteOwner(topic, record.owner, record, complete);
    const guard = {epoch: BigInt(row?.epoch ?? 0), sequence: BigInt(row?.sequence ?? 0)};
    if (compare(record, guard) < 0 || record.epoch < complete) {
      // The compacted log may keep this stale message as its last: it is asked for again.
      await this.query(`INSERT INTO record VALUES ($1, $2, $3, 0, 0, 0, NULL, true)
        ON CONFLICT (topic, key) DO UPDATE SET suspect = true`, topic, key, record.owner);
      return;
    }
    await this.query(`INSERT INTO record VALUES ($1, $2, $3, $4, $5, $6, $7, false)
      ON CONFLICT (topic, key) DO UPDATE SET owner = $3, epoch = $4, sequence = $5, version = $6,
        value = $7, suspect = false`,
    topic, key, record.owner, record.epoch, record.sequence, record.version, value);
    await this.unpark(topic, key);
  }

  unpark(topic, key) {
    return this.query('DELETE FROM parked WHERE topic = $1 AND key = $2', topic, Buffer.from(key));
  }

  /** What a barrier says and what the copy holds; null when the barrier is passed over. */
  async applyBarrier(topic, key, barrier, mayCompare) {
    await this.unpark(topic, key);
    const {seen, complete} = await this.owner(topic, barrier.owner);
    if (barrier.complete > complete) {  // after a restore: everything came again
      await this.query(`UPDATE record SET value = NULL
        WHERE topic = $1 AND owner = $2 AND epoch < $3`, topic, barrier.owner, barrier.complete);
      await this.noteOwner(topic, barrier.owner, seen, barrier.complete);
    }
    if (!mayCompare || compare(barrier, seen) < 0) return null;
    const ours = await this.sums(topic, barrier.owner);
    const [{parked, suspects}] = await this.query(`SELECT
      (SELECT count(*) FROM parked WHERE topic = $1 AND owner IN ($2, ''))::int AS parked,
      (SELECT count(*) FROM record WHERE topic = $1 AND owner = $2 AND suspect)::int AS suspects`,
    topic, barrier.owner);
    const differing = [...new Set([...ours.keys(), ...barrier.types.keys()])].sort().filter(
      (name) => !isSame(ours.get(name) ?? NONE, barrier.types.get(name) ?? NONE));
    return {topic, ...barrier, ours, parked, suspects, differing,
      isEqual: differing.length === 0 && parked === 0};
  }

  /** type -> count and digest of the live rows, from their bytes. */
  async sums(topic, owner) {
    const numbers = new Map();
    for (const {key, version, value} of await this.live(topic, owner)) {
      const name = key.slice(0, key.indexOf('/'));
      if (!numbers.has(name)) numbers.set(name, []);
      numbers.get(name).push(viewHash(key, version, value));
    }
    return new Map([...numbers].map(([name, ofType]) => [name, digestOf(ofType)]));
  }

  live(topic, owner, start = '') {
    return this.query(`SELECT key, version, value FROM record WHERE topic = $1 AND owner = $2
      AND value IS NOT NULL AND starts_with(key, $3)`, topic, owner, start);
  }

  /** Keeps what cannot be applied. Without an owner it counts as different for all of them. */
  async park(topic, message, headers, owner, reason) {
    await this.query(`INSERT INTO parked VALUES ($1, $2, $3, $4, $5, $6, $7)
      ON CONFLICT (topic, key) DO UPDATE SET owner = $3, message_offset = $4, reason = $5,
        headers = $6, value = $7`, topic, message.key ?? Buffer.alloc(0), owner,
    message.offset, reason, JSON.stringify(headers), message.value);
    console.log('parked', topic, `offset ${message.offset}`, reason);
  }

  /** One batch of a topic (KafkaJS's messages) in one transaction; what its barriers say of it. */
  async apply(topic, messages) {
    const following = BigInt(messages.at(-1).offset) + 1n;
    // Of an owner's barriers only the last of a batch is compared: far behind there are many.
    const last = new Map(messages.map(({key, offset}) => [String(key), offset]));
    const compared = [];
    await this.transact(async () => {
      await this.move(topic, following);
      for (const message of messages) {
        const found = await this.applyOne(topic, message,
          last.get(String(message.key)) === message.offset);
        if (found) compared.push(found);
      }
    });
    this.expected.set(topic, following);
    return compared;
  }

  async applyOne(topic, message, isLast) {
    const headers = Object.fromEntries(
      Object.entries(message.headers ?? {}).map(([name, text]) => [name, String(text ?? '')]));
    const {value} = message;
    let owner = '';
    try {
      const key = parseKey(message.key);
      owner = ownerOf(headers);
      if (!key.startsWith('barrier/')) return await this.applyRecord(topic, key, headers, value);
      const isYoung = Date.now() - Number(message.timestamp) < COMPACTION_LAG_MS;
      return await this.applyBarrier(topic, key, parseBarrier(key, value), isYoung && isLast);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return this.park(topic, message, headers, owner, error.message);
    }
  }
}
