// What a message of a feed says, and its hash: proto/PROTOCOL.md as pure functions.

import {createHash} from 'node:crypto';

export const NONE = {count: 0n, digest: '0'.repeat(32)};
const MODULUS = 1n << 128n;
const NAME = /^[a-z][a-z0-9-]*$/;
const utf8 = new TextDecoder('utf-8', {fatal: true});

/** A message that is not as PROTOCOL says; the text says why, without its content. */
export class Unreadable extends Error {}

/** The number of one live message: `key` is text, `version` decimal, `value` a Buffer. */
export function viewHash(key, version, value) {
  const hash = createHash('sha256').update(`${key}\0${version}\0`).update(value).digest();
  return BigInt(`0x${hash.toString('hex', 0, 16)}`);
}

/** Count and digest of a set of view hashes. */
export function digestOf(numbers) {
  const sum = numbers.reduce((total, number) => total + number, 0n) % MODULUS;
  return {count: BigInt(numbers.length), digest: hex(sum)};
}

export const hex = (number) => number.toString(16).padStart(32, '0');
export const isSame = (one, other) => one.count === other.count && one.digest === other.digest;

/** 0 to 255: the part of a record type in which an owner lists the key. */
export const bucketOf = (key) => createHash('sha256').update(key).digest()[0];

/** Order of (epoch, sequence). */
export function compare(one, other) {
  const [epoch, sequence] = [one.epoch - other.epoch, one.sequence - other.sequence];
  return Number(epoch === 0n ? sequence : epoch);
}

/** A feed key as text: `<record type>/<id>`, or `barrier/<owner>`. */
export function parseKey(bytes) {
  const text = textOf(bytes, 'the key does not name a record');
  const slash = text.indexOf('/');
  if (slash < 0 || slash + 1 === text.length || text.includes('\0')
    || !NAME.test(text.slice(0, slash))) {
    throw new Unreadable('the key does not name a record');
  }
  return text;
}

/** {owner, epoch, sequence, version} of a message that is no barrier; `value` null = tombstone. */
export function parseRecord(headers, value) {
  const owner = ownerOf(headers);
  if (!owner) throw new Unreadable('ce_source is missing or wrong');
  const place = {
    owner,
    epoch: decimal(headers.ce_epoch, 1n, 'ce_epoch'),
    sequence: decimal(headers.ce_sequence, 0n, 'ce_sequence'),
  };
  if (value === null) return {...place, version: 0n};
  jsonObject(value);
  return {...place, version: decimal(headers.ce_recordversion, 1n, 'ce_recordversion')};
}

export function parseBarrier(key, value) {
  const found = jsonObject(value ?? Buffer.alloc(0));
  if (found.owner !== key.slice('barrier/'.length) || !isObject(found.types)) {
    throw new Unreadable('a barrier without owner or types');
  }
  const types = new Map();
  for (const [name, total] of Object.entries(found.types)) {
    if (!isObject(total) || !/^[0-9a-f]{32}$/.test(total.digest)) {
      throw new Unreadable('a barrier with a wrong digest');
    }
    types.set(name, {count: decimal(total.count, 0n, 'count'), digest: total.digest});
  }
  return {
    owner: found.owner,
    epoch: decimal(found.epoch, 1n, 'epoch'),
    sequence: decimal(found.sequence, 0n, 'sequence'),
    complete: decimal(found.complete, 0n, 'complete'),
    types,
  };
}

/** The service that sent a message, '' when it does not say. */
export function ownerOf(headers) {
  const [, owner] = /^\/lienthong\/(.*)$/.exec(headers.ce_source ?? '') ?? [];
  return owner && NAME.test(owner) ? owner : '';
}

/** A number that is written as a string, in headers and in JSON. */
function decimal(text, least, what) {
  if (typeof text !== 'string' || !/^[0-9]{1,18}$/.test(text) || BigInt(text) < least) {
    throw new Unreadable(`${what} is missing or wrong`);
  }
  return BigInt(text);
}

function textOf(bytes, what) {
  try {
    return utf8.decode(bytes ?? Buffer.alloc(0));
  } catch {
    throw new Unreadable(what);
  }
}

const isObject = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function jsonObject(bytes) {
  let found;
  try {
    found = JSON.parse(textOf(bytes, 'the value is not UTF-8'));
  } catch (error) {
    if (error instanceof Unreadable) throw error;
  }
  if (!isObject(found)) throw new Unreadable('the value is not a JSON object');
  return found;
}
