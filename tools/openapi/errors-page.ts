import { type ErrorCode, type KnownReason, reasons } from '../../src/domain/errors.ts'
import { clientDescriptors, remedies, sections } from './remedies.ts'
import { statusOf } from './rest-errors.ts'

type Section = keyof typeof sections

/** docs/errors.md: every reason, the time when it happens, and the next step. */
export function errorsPage(): string {
  const registrySections = (Object.keys(sections) as Section[]).map(registrySection)
  return `${[introduction, ...registrySections, clientSection(), notes].join('\n\n')}\n`
}

const introduction = `# Errors

<!-- Written by "npm run generate" from src/domain/errors.ts and tools/openapi/remedies.ts. -->

This page is for programmers whose code calls a registry. After reading it, you can handle each error in code, and you know
what to do next.

Every error has a **reason**, such as \`REVISION_NOT_FOUND\`. A reason is stable, and it decides the **code**. Branch on the reason
or the code in your program, and show the message to people. A newer registry may send new reasons, so treat an unknown
reason by its code.

- Over Connect, gRPC and gRPC-Web, the reason is in a \`google.rpc.ErrorInfo\` with the domain \`waypost\`. An error about
  fields also has a \`google.rpc.BadRequest\` that names them. gRPC writes the codes in capitals, such as \`NOT_FOUND\`.
- Over REST, the body is \`{"error": "…", "reason": "…"}\`. An error about fields also has \`fields\`, a list of
  \`{"field": "…", "description": "…"}\`. If something was not found, \`metadata.service_exists\` says whether the service
  exists.
- In the SDK, the reason is \`RegistryError.reason\`, and the fields are \`fieldViolations\`.`

const notes = `## Exceptions over REST

Three REST bodies have only the key \`error\`: the 400 for \`MISSING_REVISION_TAG\`, the 404 for a service that does not exist, and
the 405 for an HTTP method that a path does not have. The header \`Waypost-Reason\` has the reason of the first two.

A \`GET\` is answered with 404 if a namespace, a name or a revision tag is not valid, or an alias in the path, because nothing
with that name can exist. Its reason is \`SERVICE_NOT_FOUND\`, \`REVISION_NOT_FOUND\` or \`ALIAS_NOT_FOUND\`, and \`fields\` says which part is not valid.

\`ETAG_MISMATCH\` is 412 if the etag came in the header \`If-Match\`.`

function registrySection(section: Section): string {
  const { title, introduction: about } = sections[section]
  const rows = (Object.keys(remedies) as (keyof typeof remedies)[])
    .filter((reason) => remedies[reason].section === section)
    .map((reason) =>
      row([
        codeText(reason),
        codeText(codeOf(reason)),
        String(statusOf(reason)),
        reasons[reason].description,
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
