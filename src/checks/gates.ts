import { remedyFor } from './software.ts';
import type { View } from './view.ts';

/** What to do about a gate that stands in the way, for the one recognized: `paths` must pass it. */
export function exemption(view: View, paths: string): string {
  return remedyFor(
    view,
    {
      'cloudflare-access': `In Cloudflare Access turn on Managed OAuth for this application and allow the clients' redirect URIs, or add a Bypass policy for ${paths}.`,
      'easy-auth': `In App Service authentication let unauthenticated requests through (unauthenticatedClientAction AllowAnonymous) or list ${paths} in excludedPaths, and let the server itself check tokens.`,
      'oauth2-proxy': `In oauth2-proxy let ${paths} through with --skip-auth-route, and let the server itself check tokens.`,
      'vercel-protection':
        'In Vercel turn Deployment Protection off for this deployment, or use one it leaves out, such as production.',
      'netlify-protection': 'In Netlify turn the site’s password or team protection off for this deployment.',
      'alb-login': `In the load balancer add a rule without the authenticate action for ${paths}, before the one that has it.`,
      iap: `Identity-Aware Proxy takes tokens of Google's for its own client only, which MCP clients do not send: take this backend out of it, or route ${paths} to a backend without it, and let the server itself check tokens.`,
      'google-iam': `Allow unauthenticated invocations (for allUsers the role run.invoker, or cloudfunctions.invoker), and let the server itself check tokens: IAM takes Google's identity tokens only.`,
      'aws-iam': `Set the authorization of ${paths} to NONE (in API Gateway the method's, in a function URL AuthType), and let the server itself check tokens: IAM takes signed requests only.`,
      'subscription-key': `In API Management turn "Subscription required" off for this API (${paths}).`,
      'dev-tunnel':
        'Make the port public (devtunnel … --allow-anonymous; in Codespaces port visibility Public).',
      authelia: `In Authelia add an access control rule with the policy bypass for ${paths}.`,
      authentik: `In authentik list ${paths} in the provider's unauthenticated paths.`,
      pomerium: `In Pomerium set allow_public_unauthenticated_access for ${paths}.`,
    },
    `Exempt ${paths} from the gate, or turn on the gate’s own OAuth for programs if it has one.`,
  );
}
