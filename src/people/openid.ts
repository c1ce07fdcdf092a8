import * as openid from 'openid-client';
import { FoveaError } from '../core/errors.ts';
import { isLoopback } from './mode.ts';

/** The house's own log-in, by which people come in besides their password here. */
export interface OpenIdOptions {
  /** Its address, https; from a loopback address http is taken too. */
  readonly issuer: string;
  readonly clientId: string;
  /** None for a public client. */
  readonly clientSecret?: string | undefined;
  /** The claim that holds the login of the account here; default `email`. */
  readonly claim?: string | undefined;
  /** What the page calls it; default its host. */
  readonly name?: string | undefined;
}

/** What must be known again when the browser comes back, and by nobody but it. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Seconds that the provider may take to answer. */
const PATIENCE_S = 10;

/**
 * Log-in by an OpenID provider: authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1; RFC 9700).
 * The provider says who somebody is; whether they have an account here, and what they may do, is said here.
 */
export class OpenIdProvider {
  readonly #options: OpenIdOptions;
  #known: Promise<openid.Configuration> | undefined;

  /** What to call it. */
  readonly name: string;

  /** @throws RangeError with a sentence for the user where the issuer cannot be one */
  constructor(options: OpenIdOptions) {
    const { issuer } = options;
    const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
    if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLoopback(url.hostname)))
      throw new RangeError(`The OpenID provider must have an https address, not "${issuer}".`);
    this.name = options.name ?? url.host;
    this.#options = options;
  }

  /**
   * @param redirectUri where the browser is to come back, as it is registered with the provider
   * @returns where the browser goes
   * @throws FoveaError `OPENID_UNAVAILABLE`
   */
  async begin(redirectUri: string): Promise<{ readonly url: URL; readonly attempt: Attempt }> {
    const attempt: Attempt = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      codeVerifier: openid.randomPKCECodeVerifier(),
    };
    const url = openid.buildAuthorizationUrl(await this.#configuration(), {
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(attempt.codeVerifier),
      code_challenge_method: 'S256',
    });
    return { url, attempt };
  }

  /**
   * @param returned the address at which the browser came back, with all that the provider added
   * @returns the login that the provider vouches for
   * @throws FoveaError `OPENID_UNAVAILABLE`; `OPENID_REFUSED` where the answer is not the provider's, not to this attempt,
   *   a refusal, or names nobody
   */
  async finish(returned: URL, { state, nonce, codeVerifier }: Attempt): Promise<string> {
    const configuration = await this.#configuration();
    const { claim = 'email' } = this.#options;
    try {
      const tokens = await openid.authorizationCodeGrant(configuration, returned, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      let claims: Record<string, unknown> = tokens.claims()!;
      // Some keep all but the subject out of the ID token.
      if (claims[claim] === undefined && configuration.serverMetadata().userinfo_endpoint) {
        claims = await openid.fetchUserInfo(configuration, tokens.access_token, String(claims.sub));
      }
      const login = claims[claim];
      if (typeof login !== 'string' || login === '') throw refused(`it names nobody by "${claim}"`);
      // Who may write any address into their profile must not become its owner.
      if (claim === 'email' && claims.email_verified === false)
        throw refused('the e-mail address is not verified');
      return login;
    } catch (cause) {
      throw asFailure(cause);
    }
  }

  /** Asked for once, when somebody wants to log in: a provider that is away at the start may be there by then. */
  #configuration(): Promise<openid.Configuration> {
    this.#known ??= discover(this.#options).catch((cause) => {
      this.#known = undefined;
      throw new FoveaError('OPENID_UNAVAILABLE', { cause });
    });
    return this.#known;
  }
}

function discover({ issuer, clientId, clientSecret }: OpenIdOptions): Promise<openid.Configuration> {
  const url = new URL(issuer);
  return openid.discovery(url, clientId, clientSecret, undefined, {
    timeout: PATIENCE_S,
    execute: url.protocol === 'http:' ? [openid.allowInsecureRequests] : [],
  });
}

const refused = (reason: string, cause?: unknown) => new FoveaError('OPENID_REFUSED', { reason, cause });

/** What a provider answers is not repeated: it may hold a code or a token. */
function asFailure(cause: unknown): FoveaError {
  if (cause instanceof FoveaError) return cause;
  if (cause instanceof openid.AuthorizationResponseError)
    return refused(`it answers "${cause.error}"`, cause);
  if (cause instanceof openid.ResponseBodyError) return refused(`it answers "${cause.error}"`, cause);
  if (cause instanceof openid.ClientError) return refused('its answer does not fit what was asked', cause);
  return new FoveaError('OPENID_UNAVAILABLE', { cause });
}
