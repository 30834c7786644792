import type { Check } from '../../check.ts';

export const AZ: readonly Check[] = [];
