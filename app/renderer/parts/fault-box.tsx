import { Fault } from '../../../src/base/fault.ts';

/** What went wrong, and what to do. Anything thrown may be shown. */
export function FaultBox({ thrown }: { thrown: unknown }) {
  const { message, remedy } = Fault.of(thrown);
  return (
    <div className="fault" role="alert">
      <p className="message foreign" dir="auto">
        {message}
      </p>
      {remedy === undefined ? null : (
        <p className="foreign" dir="auto">
          {remedy}
        </p>
      )}
    </div>
  );
}
