// A component that is drawn again only when one of its properties is another one.
import { Component, createElement, type ComponentChild, type FunctionComponent } from "preact";

export function memo<P extends object>(view: FunctionComponent<P>): FunctionComponent<P> {
  class Kept extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const names = new Set([...Object.keys(next), ...Object.keys(this.props)]) as Set<keyof P>;
      for (const name of names) if (next[name] !== (this.props as P)[name]) return true;
      return false;
    }
    override render(props: P): ComponentChild {
      return createElement(view as never, props as never);
    }
  }
  return Kept as unknown as FunctionComponent<P>;
}
