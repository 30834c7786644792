import type { Check } from '../../check.ts';
import { check as mcp07 } from './07-version-mismatch.ts';
import { check as mcp11 } from './11-audience-not-checked.ts';
import { check as mcp12 } from './12-get-404.ts';

export const MCP: readonly Check[] = [mcp07, mcp11, mcp12];
