import type { Check } from '../../check.ts';
import { check as asm10 } from './10-pkce-not-advertised.ts';

export const ASM: readonly Check[] = [asm10];
