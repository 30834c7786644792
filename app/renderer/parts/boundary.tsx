import { Component, type ReactNode } from 'react';

/** What a screen threw, and where. */
export interface Failure {
  thrown: unknown;
  /** The parts it stood in, the innermost first. */
  components: string;
  again(): void;
}

interface Props {
  /** Where the window is: what failed there is forgotten elsewhere. */
  place: string;
  /** What is shown in place of what failed. */
  shown: (failure: Failure) => ReactNode;
  children: ReactNode;
}

interface State {
  place: string;
  failed?: { thrown: unknown } | undefined;
  components: string;
}

/** Keeps what is around it when what is in it throws. React has no hook for it. */
export class Boundary extends Component<Props, State> {
  override state: State = { place: this.props.place, components: '' };

  static getDerivedStateFromProps({ place }: Props, state: State): Partial<State> | null {
    return place === state.place ? null : { place, failed: undefined, components: '' };
  }

  static getDerivedStateFromError(thrown: unknown): Partial<State> {
    return { failed: { thrown } };
  }

  override componentDidCatch(_: unknown, { componentStack }: React.ErrorInfo): void {
    this.setState({ components: componentStack ?? '' });
  }

  override render(): ReactNode {
    const { failed, components } = this.state;
    if (!failed) return this.props.children;
    const again = () => this.setState({ failed: undefined, components: '' });
    return this.props.shown({ thrown: failed.thrown, components, again });
  }
}
