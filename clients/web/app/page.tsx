import { App } from "@/components/app";

export default function Page() {
  return <App />;
}
