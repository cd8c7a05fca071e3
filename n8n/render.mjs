// Writes what n8n imports: credentials.json, and the workflows with their settings, from the environment.
//
//     node render.mjs FOLDER
//
// JavaScript and nothing but node's own modules, because n8n's image has node and no Python. The
// variables are described in README.md; each secret may also stand in a file named by …_FILE.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = join(dirname(fileURLToPath(import.meta.url)), 'workflows');
const IMAP_PORTS = { tls: 993, starttls: 143, none: 143 };
const SMTP_PORTS = { tls: 465, starttls: 587, none: 25 };
const WORKFLOWS = { intake: '', retrain: 'retrain.json', 'review-digest': 'review-digest.json' };

const wrong = [];

async function main(folder) {
  if (!folder) refuse(['Say where to: node render.mjs FOLDER']);
  const settings = read();
  if (wrong.length) refuse(wrong);
  if (settings.webhook) settings.webhook.secret = await subscribe(settings);
  else await unsubscribe(settings);
  mkdirSync(join(folder, 'workflows'), { recursive: true });
  write(join(folder, 'credentials.json'), credentials(settings));
  for (const name of Object.keys(WORKFLOWS)) {
    write(join(folder, 'workflows', `${name}.json`), workflow(name, settings));
  }
}

// ── the environment ─────────────────────────────────────────────────────────────────────

function read() {
  const flavour = oneOf('BUZON_MAIL', ['native', 'external']);
  const external = flavour === 'external';
  const imap = external ? server('IMAP', IMAP_PORTS, 'tls') : null;
  const smtp = server('SMTP', SMTP_PORTS, 'starttls');
  const buzon = url('N8N_BUZON_URL', needed('N8N_BUZON_URL', 'It is where n8n reaches Buzón, like http://127.0.0.1:8000'));
  const settings = {
    flavour, imap, smtp, buzon,
    token: needed('BUZON_TOKEN', 'Make one with: buzon token add n8n --scope read --scope intake --scope admin'),
    folder: value('BUZON_IMAP_FOLDER') || 'INBOX',
    handoutMinutes: number('BUZON_HANDOUT_MINUTES', 10, 1440),
    pages: url('N8N_BUZON_PAGE', buzon),
    reportTo: address('N8N_REPORT_TO'),
    reportFrom: address('N8N_REPORT_FROM', value('BUZON_SMTP_FROM') || value('BUZON_IMAP_USER')),
    webhook: external ? null : { url: `${url('N8N_INTERNAL_URL', 'http://n8n:5678')}/webhook/buzon` },
  };
  if (imap && settings.reportTo && settings.reportTo === imap.user) {
    wrong.push(`N8N_REPORT_TO is ${imap.user}, the mailbox that is read: reports would come in as mails. Name another address.`);
  }
  return settings;
}

function value(name) {
  const file = process.env[`${name}_FILE`];
  if (process.env[name] || !file) return (process.env[name] ?? '').trim();
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    wrong.push(`${name}_FILE names ${file}, which can't be read (${error.code}). Correct the path.`);
    return '';
  }
}

function needed(name, advice) {
  const found = value(name);
  if (!found && !process.env[`${name}_FILE`]) wrong.push(`${name} is not set. ${advice}`);
  return found;
}

function oneOf(name, choices) {
  const found = value(name) || choices[0];
  if (!choices.includes(found)) wrong.push(`${name}=${found}: must be ${choices.join(' or ')}.`);
  return found;
}

function url(name, otherwise) {
  const found = value(name) || otherwise;
  if (found && !/^https?:\/\/[^\s/]+/.test(found)) wrong.push(`${name}=${found}: must be an address like http://127.0.0.1:8000`);
  return found.replace(/\/+$/, '');
}

function address(name, otherwise = '') {
  const found = value(name) || otherwise;
  if (!found) wrong.push(`${name} is not set. It is the address that reports ${name.endsWith('TO') ? 'go to' : 'come from'}.`);
  else if (!found.includes('@')) wrong.push(`${name}=${found}: must be an e-mail address.`);
  return found;
}

function number(name, otherwise, most) {
  const found = Number(value(name) || otherwise);
  if (!Number.isInteger(found) || found < 1 || found > most) wrong.push(`${name}=${value(name)}: must be a whole number from 1 to ${most}.`);
  return found;
}

function server(kind, ports, usual) {
  const name = `BUZON_${kind}`;
  const given = value(`${name}_SECURITY`) || usual;
  if (!(given in ports)) wrong.push(`${name}_SECURITY=${given}: must be tls, starttls or none.`);
  if (kind === 'IMAP' && given === 'starttls') wrong.push(`${name}_SECURITY=starttls: n8n can't do that, the password would go in clear. Use tls (port 993).`);
  const login = kind === 'IMAP' ? needed : value;
  return {
    host: needed(`${name}_HOST`, kind === 'IMAP' ? 'n8n reads the mailbox there.' : 'n8n sends by it, reports too.'),
    port: number(`${name}_PORT`, ports[given] ?? 1, 65535),
    security: given,
    user: login(`${name}_USER`, 'It is the user of the mailbox.'),
    password: login(`${name}_PASSWORD`, 'It is the password of the mailbox.'),
  };
}

// ── the webhook ─────────────────────────────────────────────────────────────────────────

/** Has Buzón tell n8n what happens; returns the key that signs it. Each call makes a new one. */
async function subscribe(settings) {
  const wanted = { url: settings.webhook.url, kinds: KINDS, content: 'summary' };
  const known = await subscription(settings);
  if (!known) return key((await call(settings, 'POST', '/webhooks', { name: NAME, ...wanted })).secret);
  await call(settings, 'PATCH', `/webhooks/${known.id}`, { ...wanted, enabled: true });
  return key((await call(settings, 'POST', `/webhooks/${known.id}/secret`)).secret);
}

/** In external flavour no workflow listens: what Buzón told would fail for two days, one by one. */
async function unsubscribe(settings) {
  const known = await subscription(settings);
  if (known?.enabled) await call(settings, 'PATCH', `/webhooks/${known.id}`, { enabled: false });
}

async function subscription(settings) {
  return (await call(settings, 'GET', '/webhooks')).items.find((one) => one.name === NAME);
}

async function call({ buzon, token }, method, path, body) {
  const answer = await fetch(`${buzon}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  }).catch((error) => refuse([`Buzón can't be reached at ${buzon} (${error.cause?.code ?? error.message}). Is it running, and N8N_BUZON_URL right?`]));
  if (!answer.ok) refuse([`Buzón refused ${method} ${path}: ${answer.status} ${await answer.text()}`]);
  return answer.json();
}

const NAME = 'n8n';
const KINDS = ['event.stored', 'event.to_review', 'event.corrected', 'reply.sent', 'model.promoted', 'alarm.raised'];

/** n8n's Crypto node takes the key as text, Standard Webhooks writes it in base64. */
function key(secret) {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64').toString('utf8');
}

// ── what is written ─────────────────────────────────────────────────────────────────────

function credentials({ imap, smtp, token, webhook }) {
  const found = [
    {
      id: 'buzonSmtp0000001', name: 'Buzón: sending (SMTP)', type: 'smtp',
      data: {
        user: smtp.user, password: smtp.password, host: smtp.host, port: smtp.port,
        secure: smtp.security === 'tls', disableStartTls: smtp.security === 'none', hostName: '',
      },
    },
    {
      id: 'buzonApi00000001', name: 'Buzón: API token', type: 'httpHeaderAuth',
      data: { name: 'Authorization', value: `Bearer ${token}` },
    },
  ];
  if (imap) {
    found.push({
      id: 'buzonImap0000001', name: 'Buzón: mailbox (IMAP)', type: 'imap',
      data: {
        user: imap.user, password: imap.password, host: imap.host, port: imap.port,
        secure: imap.security === 'tls', allowUnauthorizedCerts: false,
      },
    });
  }
  if (webhook) {
    found.push({ id: 'buzonHook0000001', name: 'Buzón: webhook secret', type: 'crypto', data: { hmacSecret: webhook.secret } });
  }
  return found;
}

/** A workflow with the values of its node Settings, and the folder that it reads. */
function workflow(name, settings) {
  const file = WORKFLOWS[name] || `${name}-${settings.flavour}.json`;
  const found = JSON.parse(readFileSync(join(HERE, file), 'utf8'));
  const values = {
    buzonUrl: settings.buzon, pagesUrl: settings.pages, handoutMinutes: settings.handoutMinutes,
    reportFrom: settings.reportFrom, reportTo: settings.reportTo,
  };
  for (const node of found.nodes) {
    if (node.name === 'Settings') {
      for (const one of node.parameters.assignments.assignments) one.value = values[one.name];
    }
    if (node.type === 'n8n-nodes-base.emailReadImap') node.parameters.mailbox = settings.folder;
  }
  return found;
}

function write(path, content) {
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
}

function refuse(sentences) {
  for (const sentence of sentences) console.error(sentence);
  process.exit(1);
}

await main(process.argv[2]);
