import type { Check } from '../../check.ts';

export const REG: readonly Check[] = [];
