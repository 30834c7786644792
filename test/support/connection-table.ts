/** A row of Linux' table of connections, /proc/net/tcp: ends as `0100007F:1F90`, a state and the owner. proc(5). */
export function connectionRow(local: string, remote: string, state: string, uid: number): string {
  return `  12: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 12345 1 0000000000000000 20 0 0 10 -1`;
}
