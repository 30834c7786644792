import type { Check } from '../../check.ts';
import { check as az10 } from './10-csp-form-action.ts';
import { check as az15 } from './15-pkce-ignored.ts';

export const AZ: readonly Check[] = [az10, az15];
