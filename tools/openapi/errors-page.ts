import { type KnownReason, reasons } from '../../src/domain/errors.ts'
import { statusOf } from './rest-errors.ts'

/** docs/errors.md: a table of every reason that a registry answers with. */
export function errorsPage(): string {
  const rows = (Object.keys(reasons) as KnownReason[]).filter((reason) => !clientOnly.has(reason)).map(row)
  return `${[introduction, ['| reason | code | HTTP | when it happens |', '| --- | --- | --- | --- |', ...rows].join('\n'), notes].join('\n\n')}\n`
}

/** No registry answers with these: they name errors of texts that only a client or a command reads. */
const clientOnly: ReadonlySet<KnownReason> = new Set(['INVALID_SRUID'])

// The codes are those of Connect. gRPC writes the same names in capitals.
const introduction = `# Errors

<!-- Written by "npm run generate" from src/domain/errors.ts. -->

This page is for programmers whose code calls a registry and handles its errors.

Every error has a **reason**. It is stable, and it decides the code: branch on either of them, and show the message to
people. New reasons may be added, so treat an unknown reason by its code.

- Over Connect, gRPC and gRPC-Web, the reason is in a \`google.rpc.ErrorInfo\` with the domain \`waypost\`. An error about
  fields also has a \`google.rpc.BadRequest\` that names them.
- Over REST, the body is \`{"error": "…", "reason": "…"}\`. An error about fields also has \`fields\`, a list of
  \`{"field": "…", "description": "…"}\`. If something was not found, \`metadata.service_exists\` says whether the service
  exists.
- In the SDK, the reason is \`RegistryError.reason\`. The SDK adds a few reasons of its own.`

const notes = `Three REST bodies have only the key \`error\`: the 400 for \`MISSING_REVISION_TAG\`, the 404 for a service that does not exist (the
reason is in the header \`Waypost-Reason\`), and the 405 for an HTTP method that a path does not have.

Over REST, a \`GET\` with a namespace, a name or a revision tag that is not valid is answered with 404, because nothing with
that name can exist: the reason is \`SERVICE_NOT_FOUND\` or \`REVISION_NOT_FOUND\`, and \`fields\` says which part is not
valid. \`ETAG_MISMATCH\` is 412 if the etag came in \`If-Match\`.`

function row(reason: KnownReason): string {
  const { code, description } = reasons[reason]
  return `| \`${reason}\` | \`${code}\` | ${statusOf(reason)} | ${description} |`
}
