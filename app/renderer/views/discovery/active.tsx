import { Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button } from '../../parts/button.tsx';
import { useTexts } from '../../parts/surroundings.tsx';

/** Also what leaves a trace at the server: only after it was said what that is. */
export function ActiveDialog({ onRun, isDisabled }: { onRun: () => void; isDisabled: boolean }) {
  const { shell, discovery } = useTexts();
  return (
    <DialogTrigger>
      <Button isDisabled={isDisabled}>{discovery.active}</Button>
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="dialog">
          <Dialog>
            {({ close }) => (
              <>
                <Heading slot="title">{discovery.activeTitle}</Heading>
                <p>{discovery.activeText}</p>
                <div className="row">
                  <Button
                    kind="primary"
                    onPress={() => {
                      close();
                      onRun();
                    }}
                  >
                    {discovery.activeRun}
                  </Button>
                  <Button onPress={close}>{shell.cancel}</Button>
                </div>
              </>
            )}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}
