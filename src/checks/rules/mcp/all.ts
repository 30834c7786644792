import type { Check } from '../../check.ts';

export const MCP: readonly Check[] = [];
