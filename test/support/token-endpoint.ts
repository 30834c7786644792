import type { Handler } from './fake-world.ts';
import type { Household } from './household.ts';

/** Answers of the token endpoint in place of the server's, until what is returned is called. */
export function atTheTokenEndpoint(house: Household, answer: Handler): () => void {
  const { handle } = house.as;
  house.world.mount(house.as.issuer, (request, dialled) =>
    request.url.endsWith('/token') ? answer(request, dialled) : handle(request, dialled),
  );
  return () => house.world.mount(house.as.issuer, handle);
}

/** How many renewals reached the authorization server itself. */
export function refreshes(house: Household): number {
  return house.as.redeemed.filter(({ parameters }) => parameters.get('grant_type') === 'refresh_token')
    .length;
}
