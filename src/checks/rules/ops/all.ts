import type { Check } from '../../check.ts';

export const OPS: readonly Check[] = [];
