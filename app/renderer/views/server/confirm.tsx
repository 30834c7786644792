import { useState } from 'react';
import { Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button } from '../../parts/button.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { useTexts } from '../../parts/surroundings.tsx';

/** A button for what cannot be undone: it asks first. */
export function Confirm({
  label,
  title,
  text,
  yes,
  act,
}: {
  label: string;
  title: string;
  text: string;
  yes: string;
  /** Throws what the person is to be told. */
  act: () => Promise<unknown>;
}) {
  const { shell } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<unknown>();
  const run = async () => {
    setBusy(true);
    setTrouble(undefined);
    try {
      await act();
      setOpen(false);
    } catch (error) {
      setTrouble(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button kind="quiet">{label}</Button>
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="dialog narrow">
          <Dialog role="alertdialog">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <p>{text}</p>
            {trouble === undefined ? null : <FaultBox thrown={trouble} />}
            <div className="row end">
              <Button slot="close" autoFocus>
                {shell.cancel}
              </Button>
              <Button kind="danger" isDisabled={isBusy} onPress={() => void run()}>
                {yes}
              </Button>
            </div>
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}
