// A certified OpenID provider (npm: oidc-provider) with people of our own. Some of them have a
// token that is wrong in one way: their name says which.
//
// Usage: node openid.mjs PORT REDIRECT_URI…; ACCESS_TTL in the environment: seconds that an access
// token lives. The client "dovecot" asks whose a token is.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('./node/', import.meta.url));
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const { default: Provider } = await load('oidc-provider');
const { SignJWT, decodeJwt, exportJWK, generateKeyPair } = await load('jose');

const [port, ...redirectUris] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const own = await generateKeyPair('RS256', { extractable: true });
const other = await generateKeyPair('RS256', { extractable: true });
const kid = String(process.pid); // new keys each time it starts
const now = () => Math.floor(Date.now() / 1000);
const sign = (claims, key) => new SignJWT(claims)
  .setProtectedHeader({ alg: 'RS256', kid }).sign(key);

const FAULTS = {
  expired: (claims) => sign({ ...claims, exp: now() - 3600, iat: now() - 7200 }, own.privateKey),
  foreign: (claims) => sign({ ...claims, aud: 'another-client' }, own.privateKey),
  shared: (claims) => sign({ ...claims, aud: ['buzon', 'other'], azp: 'other' }, own.privateKey),
  issuer: (claims) => sign({ ...claims, iss: 'https://elsewhere.example' }, own.privateKey),
  nonce: (claims) => sign({ ...claims, nonce: 'of another sign-in' }, own.privateKey),
  forged: (claims) => sign(claims, other.privateKey),
  unsigned: (claims) => {
    const part = (object) => Buffer.from(JSON.stringify(object)).toString('base64url');
    return `${part({ alg: 'none' })}.${part(claims)}.`;
  },
};

// Whoever signs in as NAME@HOST has that address; as NAME=ADDRESS the account NAME has another;
// and behind each # is a group of theirs.
function account(id) {
  const [who, ...groups] = id.split('#');
  const [name, address] = who.includes('=') ? who.split('=') : [who.split('@')[0], who];
  return {
    accountId: id,
    claims: () => ({
      sub: `sub-${name}`,
      name: name.replace('.', ' '),
      email: address,
      email_verified: name !== 'unverified',
      groups,
      realm: { roles: groups },
    }),
  };
}

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'buzon', client_secret: 'a secret of ours', redirect_uris: redirectUris,
    grant_types: [
      'authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code',
    ],
  }, {
    client_id: 'dovecot', client_secret: 'dovecot', redirect_uris: [], response_types: [],
    grant_types: [],
  }],
  features: { deviceFlow: { enabled: true }, introspection: { enabled: true }, revocation: { enabled: true } },
  rotateRefreshToken: true,
  ttl: { AccessToken: Number(process.env.ACCESS_TTL || 3600) },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'realm'], groups: ['groups'] },
  findAccount: (_, id) => account(id),
  jwks: { keys: [{ ...(await exportJWK(own.privateKey)), kid, use: 'sig', alg: 'RS256' }] },
  pkce: { required: () => true, methods: ['S256'] },
  cookies: { keys: ['of the tests'] },
});

provider.use(async (ctx, next) => {
  await next();
  if (ctx.path === '/token' && ctx.body?.id_token) {
    const claims = decodeJwt(ctx.body.id_token);
    const fault = FAULTS[claims.sub.replace('sub-', '')];
    if (fault) ctx.body = { ...ctx.body, id_token: await fault(claims) };
  }
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
