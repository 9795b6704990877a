import { createHmac } from 'node:crypto'
import { encode, type IssuerKey, makeKey, signToken } from './issuer.ts'
import { AUDIENCE, ISSUER, START_S, tokenOf, validClaims } from './setting.ts'

/** A token that must be refused. */
export interface TamperedToken {
  /** The defect, as the end of "a token ...". */
  readonly what: string
  readonly token: string
  /** A part of the message that names the failed check. */
  readonly refusal: string
}

const rsa = makeKey('RS256', 'rsa-1')
const ec = makeKey('ES256', 'ec-1')
const otherEc = makeKey('ES256', 'ec-2')
const ed = makeKey('EdDSA', 'ed-1')
const stranger = makeKey('ES256', 'ec-1')
const short = makeKey('RS256', 'short', 1024)

/** The keys that the issuer of the tampered tokens publishes. */
export const publishedKeys: readonly IssuerKey[] = [rsa, ec, otherEc, ed, short]

const SIGNATURE = 'the signature of the token is not valid'
const NOT_COMPACT = 'does not have the three parts of a signed JWT'
const NOT_JSON = 'is not a JSON object in UTF-8'

const good = tokenOf(ec)
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.')

/** A token that is signed with ES256, but has other parts in its header. */
function withHeader(changes: object, claims: object = {}): string {
  return signToken(ec, { alg: 'ES256', kid: 'ec-1', ...changes }, validClaims({ ...claims }))
}

function withPayload(payload: unknown): string {
  return signToken(ec, { alg: 'ES256', kid: 'ec-1' }, payload)
}

/** A token with a signature of HMAC. */
function withHmac(alg: string, kid: string, secret: string | Buffer): string {
  const content = `${encode({ alg, kid })}.${encode(validClaims())}`
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' })
const valid = JSON.stringify(validClaims())
const flipped = Buffer.from(goodSignature, 'base64url')
flipped[10] = (flipped[10] ?? 0) ^ 1

const rows: readonly (readonly [what: string, token: string, refusal: string])[] = [
  // Algorithms
  ['with the algorithm none and no signature', `${encode({ alg: 'none' })}.${goodPayload}.`, 'the algorithm "none"'],
  ['with the algorithm NONE', `${encode({ alg: 'NONE' })}.${goodPayload}.`, 'the algorithm "NONE"'],
  ['with the algorithm none and a good signature', withHeader({ alg: 'none' }), 'the algorithm "none"'],
  ['with HS256 and the public RSA key as PEM', withHmac('HS256', 'rsa-1', rsaPem), 'the algorithm "HS256"'],
  ['with HS256 and the modulus as the secret', withHmac('HS256', 'rsa-1', String(rsa.jwk.n)), 'the algorithm "HS256"'],
  ['with HS256 and an empty secret', withHmac('HS256', 'ec-1', ''), 'the algorithm "HS256"'],
  ['with RS512', signToken(rsa, { alg: 'RS512', kid: 'rsa-1' }, validClaims()), 'the algorithm "RS512"'],
  ['with PS256', signToken(rsa, { alg: 'PS256', kid: 'rsa-1' }, validClaims()), 'the algorithm "PS256"'],
  ['with ES384', withHeader({ alg: 'ES384' }), 'the algorithm "ES384"'],
  ['with an algorithm in another case', withHeader({ alg: 'es256' }), 'the algorithm "es256"'],
  ['without an algorithm', withHeader({ alg: undefined }), 'the token has no algorithm (alg)'],
  ['with a list of algorithms', withHeader({ alg: ['ES256'] }), 'the algorithm "[\\"ES256\\"]"'],
  ['with ES256 for an RSA key', withHeader({ kid: 'rsa-1' }), 'has no ES256 key'],
  ['with RS256 for an EC key', signToken(rsa, { alg: 'RS256', kid: 'ec-1' }, validClaims()), 'has no RS256 key'],
  ['with EdDSA for an EC key', signToken(ed, { alg: 'EdDSA', kid: 'ec-1' }, validClaims()), 'has no EdDSA key'],
  ['of an RSA key with 1,024 bits', tokenOf(short), 'has no RS256 key'],
  // Headers
  ['with a header of 9 KiB', withHeader({ x: 'a'.repeat(9 * 1024) }), 'has more than 8192 characters'],
  ['of 16 KiB', withPayload({ ...validClaims(), x: 'a'.repeat(12 * 1024) }), 'has more than 8192 characters'],
  ['with a critical extension', withHeader({ crit: ['exp'], exp: 1 }), 'crit or b64'],
  ['with an empty list of critical extensions', withHeader({ crit: [] }), 'crit or b64'],
  ['with an unencoded payload', withHeader({ b64: false, crit: ['b64'] }), 'crit or b64'],
  ['with b64 alone', withHeader({ b64: true }), 'crit or b64'],
  ['with the type of a proof of possession', withHeader({ typ: 'dpop+jwt' }), 'the type "dpop+jwt"'],
  ['with the type of a logout token', withHeader({ typ: 'logout+jwt' }), 'the type "logout+jwt"'],
  ['with a number as type', withHeader({ typ: 1 }), 'the type "1"'],
  ['without a key id, if several keys fit', withHeader({ kid: undefined }), 'several ES256 keys'],
  ['with an unknown key id', withHeader({ kid: 'ec-9' }), 'no ES256 key for a token with the key id (kid) "ec-9"'],
  ['with an empty key id', withHeader({ kid: '' }), 'the key id (kid) ""'],
  ['with a path as key id', withHeader({ kid: '../../../../dev/null' }), 'the key id (kid) "../../../../dev/null"'],
  ['with SQL as key id', withHeader({ kid: "x' UNION SELECT 'key" }), 'the key id (kid) "x'],
  ['with a property of objects as key id', withHeader({ kid: '__proto__' }), 'the key id (kid) "__proto__"'],
  ['with a number as key id', withHeader({ kid: 1 }), 'key id (kid) in the header of the token is not a text'],
  ['with a list as key id', withHeader({ kid: ['ec-1'] }), 'key id (kid) in the header of the token is not a text'],
  [
    'that brings its own key (jwk)',
    signToken(stranger, { alg: 'ES256', kid: 'ec-1', jwk: stranger.jwk }, validClaims()),
    SIGNATURE,
  ],
  [
    'that names its own keys (jku)',
    signToken(stranger, { alg: 'ES256', kid: 'ec-1', jku: `${ISSUER}/jwks` }, validClaims()),
    SIGNATURE,
  ],
  [
    'that names its own certificate (x5u)',
    signToken(stranger, { alg: 'ES256', kid: 'ec-1', x5u: 'https://evil.example/cert' }, validClaims()),
    SIGNATURE,
  ],
  [
    'that brings its own certificate (x5c)',
    signToken(stranger, { alg: 'ES256', kid: 'ec-1', x5c: ['MIIB'] }, validClaims()),
    SIGNATURE,
  ],
  [
    'with the algorithm twice',
    signToken(ec, '{"alg":"none","alg":"ES256"}', validClaims()),
    '"alg" twice in its header',
  ],
  ['with a header that is a list', signToken(ec, [{ alg: 'ES256' }], validClaims()), NOT_JSON],
  ['with a header that is no JSON', signToken(ec, '{alg: ES256}', validClaims()), NOT_JSON],
  // Signatures
  ['of another key with the same id', signToken(stranger, { alg: 'ES256', kid: 'ec-1' }, validClaims()), SIGNATURE],
  ['of another key of the same issuer', signToken(otherEc, { alg: 'ES256', kid: 'ec-1' }, validClaims()), SIGNATURE],
  ['without a signature', `${goodHeader}.${goodPayload}.`, SIGNATURE],
  ['with a cut signature', `${goodHeader}.${goodPayload}.${encode(flipped.subarray(0, -3))}`, SIGNATURE],
  ['with a signature of one byte', `${goodHeader}.${goodPayload}.AA`, SIGNATURE],
  ['with a signature of zeros', `${goodHeader}.${goodPayload}.${'A'.repeat(86)}`, SIGNATURE],
  ['with a changed bit in its signature', `${goodHeader}.${goodPayload}.${flipped.toString('base64url')}`, SIGNATURE],
  [
    'with a signature in DER',
    `${goodHeader}.${goodPayload}.${encode(Buffer.from('3006020101020101', 'hex'))}`,
    SIGNATURE,
  ],
  ['whose signature has spare bits that are not zero', withOtherEnd(good), 'a signature with spare bits'],
  ['with a swapped payload', `${goodHeader}.${encode(validClaims({ sub: 'root' }))}.${goodSignature}`, SIGNATURE],
  [
    'with a swapped header',
    `${encode({ alg: 'ES256', kid: 'ec-1', x: 1 })}.${goodPayload}.${goodSignature}`,
    SIGNATURE,
  ],
  // Forms
  ['in five parts, which is encrypted', `${goodHeader}.a.b.c.d`, NOT_COMPACT],
  ['in two parts', `${goodHeader}.${goodPayload}`, NOT_COMPACT],
  ['in four parts', `${good}.AA`, NOT_COMPACT],
  ['with an empty header', `.${goodPayload}.${goodSignature}`, NOT_COMPACT],
  ['with an empty payload', `${goodHeader}..${goodSignature}`, NOT_COMPACT],
  ['of dots', '..', NOT_COMPACT],
  ['with padding', `${goodHeader}=.${goodPayload}.${goodSignature}`, NOT_COMPACT],
  ['in base64 instead of base64url', `${goodHeader}.${goodPayload}+/.${goodSignature}`, NOT_COMPACT],
  ['with a line end at its end', `${good}\n`, NOT_COMPACT],
  ['with a space in it', `${goodHeader} .${goodPayload}.${goodSignature}`, NOT_COMPACT],
  [
    'as an object of JSON',
    JSON.stringify({ protected: goodHeader, payload: goodPayload, signature: '.' }),
    NOT_COMPACT,
  ],
  ['whose last bits are not zero', `${goodHeader}.${withSpareBits(validClaims())}.${goodSignature}`, NOT_JSON],
  // Payloads
  ['with a token as payload', signToken(ec, { alg: 'ES256', kid: 'ec-1', cty: 'JWT' }, good), NOT_JSON],
  ['with a list as payload', withPayload([validClaims()]), NOT_JSON],
  ['with null as payload', withPayload('null'), NOT_JSON],
  ['with a byte order mark', withPayload(`\ufeff${valid}`), NOT_JSON],
  ['with bytes that are not UTF-8', withPayload(Buffer.from(valid.replace('alice', 'al\xffice'), 'latin1')), NOT_JSON],
  ['with half of a surrogate pair', withPayload(valid.replace('alice', 'al\\ud800ice')), 'not well-formed Unicode'],
  ['with its subject twice', withPayload(valid.replace('{', '{"sub":"root",')), '"sub" twice in its payload'],
  [
    'with a claim twice in an object',
    withPayload(valid.replace('{', '{"a":{"b":1,"b":2},')),
    '"b" twice in its payload',
  ],
  ['with a claim twice, once escaped', withPayload(valid.replace('{', '{"\\u0073ub":"root",')), '"sub" twice'],
  // Issuers
  ['of another issuer', tokenOf(ec, { iss: 'https://evil.example' }), 'issuer (iss) "https://evil.example"'],
  ['whose issuer has a final slash', tokenOf(ec, { iss: `${ISSUER}/` }), `issuer (iss) "${ISSUER}/"`],
  ['whose issuer is in another case', tokenOf(ec, { iss: 'https://ISSUER.example' }), 'issuer (iss) "https://ISSUER'],
  ['whose issuer begins like a known one', tokenOf(ec, { iss: `${ISSUER}.evil` }), `issuer (iss) "${ISSUER}.evil"`],
  ['with a list of issuers', tokenOf(ec, { iss: [ISSUER] }), 'the issuer (iss) of the token is'],
  ['without an issuer', tokenOf(ec, { iss: undefined }), 'the token has no issuer (iss)'],
  ['of this registry, to call a revision', ownToken('https://registry.example'), 'the token is one of this registry'],
  ['of this registry with a final slash', ownToken('https://registry.example/'), 'the token is one of this registry'],
  // Audiences
  ['for two audiences', tokenOf(ec, { aud: [AUDIENCE, 'https://other.example'] }), 'the token has 2 audiences'],
  ['for the same audience twice', tokenOf(ec, { aud: [AUDIENCE, AUDIENCE] }), 'the token has 2 audiences'],
  ['for no audience', tokenOf(ec, { aud: [] }), 'the token has 0 audiences'],
  ['without an audience', tokenOf(ec, { aud: undefined }), 'the token has no audience'],
  ['for another audience', tokenOf(ec, { aud: 'https://other.example' }), 'the audience (aud) "https://other.example"'],
  ['for an audience that begins like its own', tokenOf(ec, { aud: `${AUDIENCE}/x` }), 'the audience (aud)'],
  ['for an audience with two final slashes', tokenOf(ec, { aud: `${AUDIENCE}//` }), 'the audience (aud)'],
  ['for an empty audience', tokenOf(ec, { aud: '' }), 'the audience (aud) ""'],
  ['for an object as audience', tokenOf(ec, { aud: { 0: AUDIENCE, length: 1 } }), 'the audience (aud)'],
  // Times
  ['that has expired', tokenOf(ec, { exp: START_S - 31 }), 'the token has expired (exp): 2027-01-15T07:59:29.000Z;'],
  ['that expired at the end of the leeway', tokenOf(ec, { exp: START_S - 30 }), 'the token has expired (exp)'],
  ['without an expiry', tokenOf(ec, { exp: undefined }), 'the token has no exp'],
  ['whose expiry is a text', tokenOf(ec, { exp: String(START_S + 600) }), 'the exp of the token is "1800000600"'],
  ['whose expiry is infinite', withPayload(valid.replace('1800000600', '1e999')), 'the exp of the token is'],
  ['whose expiry is null', tokenOf(ec, { exp: null }), 'the exp of the token is'],
  ['whose expiry is negative', tokenOf(ec, { exp: -1 }), 'the exp of the token is'],
  ['without the time of its issue', tokenOf(ec, { iat: undefined }), 'the token has no iat'],
  ['whose time of issue is a text', tokenOf(ec, { iat: 'now' }), 'the iat of the token is "now"'],
  ['that was issued in the future', tokenOf(ec, { iat: START_S + 31 }), 'was issued in the future (iat)'],
  ['that is not valid for ages', tokenOf(ec, { nbf: 1e300 }), 'is not valid yet (nbf): "1e+300" seconds since 1970'],
  ['that is not valid yet', tokenOf(ec, { nbf: START_S + 31 }), 'is not valid yet (nbf)'],
  ['whose beginning is a text', tokenOf(ec, { nbf: '0' }), 'the nbf of the token is "0"'],
  // Subjects
  ['without a subject', tokenOf(ec, { sub: undefined }), 'the token has no subject (sub)'],
  ['with an empty subject', tokenOf(ec, { sub: '' }), 'the subject (sub) of the token is ""'],
  ['with a number as subject', tokenOf(ec, { sub: 1 }), 'the subject (sub) of the token is "1"'],
  ['with a subject of 1,025 characters', tokenOf(ec, { sub: 'a'.repeat(1025) }), 'the subject (sub) of the token is'],
  ['with a control character in its subject', tokenOf(ec, { sub: 'a\u0000b' }), 'the subject (sub) of the token is'],
  [
    'with a mark in its subject that reorders text',
    tokenOf(ec, { sub: 'a\u202eb' }),
    'the subject (sub) of the token is',
  ],
]

/** Tokens that must be refused at the start of the clock of `setting`. All but their defect is valid. */
export const tamperedTokens: readonly TamperedToken[] = rows.map(([what, token, refusal]) => ({ what, token, refusal }))

function ownToken(iss: string): string {
  return signToken(ec, { alg: 'ES256', kid: 'ec-1', typ: 'at+jwt' }, validClaims({ iss }))
}

// The same bytes, with other bits behind the last one. A lenient reader takes them for the same token.
function withSpareBits(claims: object): string {
  const text = encode({ ...claims, pad: 'x'.repeat((4 - (JSON.stringify({ ...claims, pad: '' }).length % 3)) % 3) })
  return withOtherEnd(text)
}

function withOtherEnd(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1]
}
