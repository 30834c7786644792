import type { Check } from '../../check.ts';

export const LIFE: readonly Check[] = [];
