import { ERRORS } from '../protocol/errors.ts';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}' +
  'table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #8884}' +
  'tr:target{background:#fc03}';

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${title}</title><style>${STYLE}</style></head><body>${body}</body></html>`;

/** Every code a problem can carry; `type` in a problem points to its row. */
export function problemsPage(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, title }]) =>
      `<tr id="${code}"><td><a href="#${code}"><code>${code}</code></a></td><td>${status}</td><td>${title}</td></tr>`,
  );
  return page(
    'Hive problems',
    '<h1>Problems</h1><p>Every error answers <code>application/problem+json</code> (RFC 9457): <code>code</code> ' +
      'never changes its meaning, <code>detail</code> says what happened, <code>hint</code> what to do, ' +
      '<code>errors</code> which fields, <code>trace_id</code> finds the request in the log.</p>' +
      `<table><thead><tr><th>code</th><th>status</th><th>title</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
  );
}

export const rootPage = (version: string): string =>
  page(
    'Hive',
    `<h1>Hive ${version}</h1><p>This is the API server.</p><ul><li><a href="/docs">API docs</a></li>` +
      '<li><a href="/openapi.json">OpenAPI 3.1</a></li><li><a href="/docs/problems">Error codes</a></li></ul>',
  );

export const DOCS_PAGE =
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hive API</title>' +
  '<link rel="icon" href="/docs/favicon-32x32.png"><link rel="stylesheet" href="/docs/swagger-ui.css"></head>' +
  '<body><div id="docs"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/docs.js"></script>' +
  '</body></html>';

/** `validatorUrl: null` keeps Swagger UI from asking its public validator. */
export const DOCS_SCRIPT =
  "SwaggerUIBundle({url:'/openapi.json',dom_id:'#docs',deepLinking:true,validatorUrl:null,tryItOutEnabled:true});";
