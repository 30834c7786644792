import type { Check } from '../../check.ts';
import { check as az15 } from './15-pkce-ignored.ts';

export const AZ: readonly Check[] = [az15];
