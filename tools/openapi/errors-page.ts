import { type ErrorCode, type KnownReason, reasons } from '../../src/domain/reasons.ts'
import { descriptions } from './descriptions.ts'
import { clientDescriptors, remedies, sections } from './remedies.ts'
import { statusOf } from './rest-errors.ts'

type Section = keyof typeof sections

/** docs/errors.md: every reason, the time when it happens, and the next step. */
export function errorsPage(): string {
  const registrySections = (Object.keys(sections) as Section[]).map(registrySection)
  return `${[introduction, ...registrySections, clientSection(), notes].join('\n\n')}\n`
}

const introduction = `# Errors

<!-- Written by "npm run generate" from tools/openapi/descriptions.ts and tools/openapi/remedies.ts. -->

This page is for programmers whose code calls a registry. After reading it, you can handle each error in code, and you know
what to do next.

Every error in the tables below has a **reason**, such as \`REVISION_NOT_FOUND\`. A reason is stable. Each
reason that a registry sends always has the same **code**. Branch on the reason or the code in your program, and show the message to people. A newer
registry may send new reasons, so treat an unknown reason by its code.

- Over Connect, gRPC and gRPC-Web, the reason is in a \`google.rpc.ErrorInfo\` with the domain \`waypost\`. An error about
  fields also has a \`google.rpc.BadRequest\` that names them. gRPC writes the codes in capitals, such as \`NOT_FOUND\`.
- Over REST, the body is \`{"error": "…", "reason": "…"}\`. An error about fields also has \`fields\`, a list of
  \`{"field": "…", "description": "…"}\`. If a revision, an alias or a default of a service was not found,
  \`metadata.service_exists\` is \`true\`. Some errors have fewer keys: see [Exceptions](#exceptions).
- In the SDK, the reason is \`RegistryError.reason\`, and the fields are \`fieldViolations\`.
- The command line prints the message, and with \`--json\` also the reason and the fields. Its
  [exit codes](configuration.md#exit-codes) tell the kinds of errors apart.

This is the REST answer, with status 404, to a request for a tag that is not registered:

\`\`\`json
{"error":"Service revision not found. my-org/my-service has no revision \\"9.9.9\\"; use the tag of a registered revision.","reason":"REVISION_NOT_FOUND","metadata":{"service_exists":true}}
\`\`\``

const notes = `## Exceptions

**Bodies without a reason.** Three REST bodies have only the key \`error\`: the 400 for \`MISSING_REVISION_TAG\`, the 404 for a service
that does not exist, if its namespace and name are valid, and the 405 for an HTTP method that a path does not have. The header
\`Waypost-Reason\` has the reason of the first two. The 405 has no reason.

**Names that cannot exist.** A \`GET\` over REST is answered with 404 if the namespace, the name or the revision tag is not valid, because
nothing with that name can exist. The same is true of an alias in the path. The reason of such a 404 is \`SERVICE_NOT_FOUND\`, \`REVISION_NOT_FOUND\` or
\`ALIAS_NOT_FOUND\`, and \`fields\` names the part that is not valid. An alias in the query, as in \`?alias=Beta\`, is 400 \`INVALID_ALIAS\`.

**Etags.** Over REST, \`ETAG_MISMATCH\` is 412 if the etag came in the header \`If-Match\`.

**Unknown calls.** An RPC that does not exist is \`unimplemented\`, without a reason.

**Proxies.** An answer of a proxy, such as 401, has no reason. In the SDK, its reason is \`UNEXPECTED_ANSWER\`.`

function registrySection(section: Section): string {
  const { title, introduction: about } = sections[section]
  const rows = (Object.keys(remedies) as (keyof typeof remedies)[])
    .filter((reason) => remedies[reason].section === section)
    .map((reason) =>
      row([
        codeText(reason),
        codeText(codeOf(reason)),
        String(statusOf(reason)),
        descriptions[reason],
        remedies[reason].remedy,
      ]),
    )
  return [`## ${title}`, about, table(['reason', 'code', 'HTTP', 'when it happens', 'what to do next'], rows)].join(
    '\n\n',
  )
}

function clientSection(): string {
  const about = 'These errors do not come from a registry. The SDK or the command line found the problem itself.'
  const rows = Object.entries(clientDescriptors).map(([reason, { code, description, remedy }]) =>
    row([codeText(reason), code, description, remedy]),
  )
  return ['## Errors of the SDK', about, table(['reason', 'code', 'when it happens', 'what to do next'], rows)].join(
    '\n\n',
  )
}

function codeOf(reason: KnownReason): ErrorCode {
  return reasons[reason].code
}

function table(headings: readonly string[], rows: readonly string[]): string {
  return [row(headings), row(headings.map(() => '---')), ...rows].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function codeText(text: string): string {
  return `\`${text}\``
}
