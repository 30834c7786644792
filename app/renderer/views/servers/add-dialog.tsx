import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTexts } from '../../parts/surroundings.tsx';
import { AddForm } from './add-form.tsx';

/** Takes in what is pasted. */
export function AddDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { servers: texts } = useTexts();
  return (
    <ModalOverlay className="overlay" isOpen={isOpen} onOpenChange={open => open || onClose()} isDismissable>
      <Modal className="dialog">
        <Dialog>
          <Heading slot="title" level={2}>
            {texts.pasteTitle}
          </Heading>
          <AddForm onCancel={onClose} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
