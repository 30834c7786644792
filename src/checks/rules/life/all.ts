import type { Check } from '../../check.ts';
import { check as life01 } from './01-stale-client.ts';
import { check as life02 } from './02-double-expiry.ts';
import { check as life03 } from './03-as-moved.ts';
import { check as life04 } from './04-expiry-as-dead-server.ts';
import { check as life05 } from './05-refresh-revoked.ts';

export const LIFE: readonly Check[] = [life01, life02, life03, life04, life05];
