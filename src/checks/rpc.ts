import { isObject, type JsonObject, textOf } from '../base/json.ts';

/** `UnsupportedProtocolVersionError` of 2026-07-28. */
const UNSUPPORTED = -32022;
/** JSON-RPC 2.0 §5.1. */
const UNKNOWN_METHOD = -32601;

/** The error of a JSON-RPC message. */
export function errorOf(message: JsonObject | undefined): JsonObject | undefined {
  return isObject(message?.error) ? message.error : undefined;
}

/** Whether a message refuses the revision that was offered. */
export function refusesVersion(message: JsonObject | undefined): boolean {
  const { code, message: text } = errorOf(message) ?? {};
  return (
    code === UNSUPPORTED ||
    /unsupported[^.]{0,20}version|version[^.]{0,20}not supported/i.test(textOf(text ?? ''))
  );
}

/** Whether a message says that the method is not known. */
export function isUnknownMethod(message: JsonObject | undefined): boolean {
  return errorOf(message)?.code === UNKNOWN_METHOD;
}
