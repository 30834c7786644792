import type { Check } from '../../check.ts';
import { check as mcp11 } from './11-audience-not-checked.ts';

export const MCP: readonly Check[] = [mcp11];
