import type { Check } from '../../check.ts';

export const TOK: readonly Check[] = [];
