import type { Check } from '../../check.ts';
import { check as mcp01 } from './01-401-after-login.ts';
import { check as mcp02 } from './02-authorization-stripped.ts';
import { check as mcp03 } from './03-insufficient-scope.ts';
import { check as mcp04 } from './04-session-lost.ts';
import { check as mcp05 } from './05-sse-buffered.ts';
import { check as mcp06 } from './06-idle-cut.ts';
import { check as mcp07 } from './07-version-mismatch.ts';
import { check as mcp08 } from './08-header-mismatch.ts';
import { check as mcp09 } from './09-jwks-stale.ts';
import { check as mcp11 } from './11-audience-not-checked.ts';
import { check as mcp12 } from './12-get-404.ts';
import { check as mcp13 } from './13-405-after-login.ts';
import { check as mcp14 } from './14-call-stops.ts';

export const MCP: readonly Check[] = [
  mcp01,
  mcp02,
  mcp03,
  mcp04,
  mcp05,
  mcp06,
  mcp07,
  mcp08,
  mcp09,
  mcp11,
  mcp12,
  mcp13,
  mcp14,
];
