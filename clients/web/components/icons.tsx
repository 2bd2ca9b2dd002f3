import type { ReactNode } from "react";

function Icon({ children, size = 20 }: { children: ReactNode; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      fill="none"
      height={size}
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeWidth={1.8}
      viewBox="0 0 24 24"
      width={size}
    >
      {children}
    </svg>
  );
}

export function Logo({ size = 32 }: { size?: number }) {
  return (
    <svg aria-hidden="true" height={size} viewBox="0 0 64 64" width={size}>
      <rect className="fill-call" height="64" rx="18" width="64" />
      <g className="stroke-on-call" fill="none" strokeLinecap="round" strokeWidth="4.5">
        <circle className="fill-on-call" cx="32" cy="32" r="6" stroke="none" />
        <path d="M21.5 42.5a15 15 0 0 1 0-21M42.5 21.5a15 15 0 0 1 0 21" />
        <path d="M14.3 49.7a25 25 0 0 1 0-35.4M49.7 14.3a25 25 0 0 1 0 35.4" opacity=".55" />
      </g>
    </svg>
  );
}

export const MicrophoneIcon = ({ size }: { size?: number }) => (
  <Icon {...(size ? { size } : {})}>
    <rect height="11" rx="3.5" width="7" x="8.5" y="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
  </Icon>
);

export const MutedIcon = () => (
  <Icon>
    <path d="M15.5 10V6.5a3.5 3.5 0 0 0-6.8-1.2M8.5 9.500v1a3.500 3.500 0 0 0 5.500 2.900M5.500 11.500a6.500 6.500 0 0 0 10.400 5.200M18.500 11.500a6.400 6.400 0 0 1-.6 2.700M12 18v3M4 4l16 16" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M12 19V5M6 11l6-6 6 6" />
  </Icon>
);

export const MemoryIcon = () => (
  <Icon>
    <path d="M12 20.500s-7.500-4.300-7.500-10A4.300 4.300 0 0 1 12 7.700a4.300 4.300 0 0 1 7.500 2.800c0 5.700-7.500 10-7.500 10Z" />
  </Icon>
);

export const NoteIcon = () => (
  <Icon>
    <path d="M8 6.500h12M8 12h12M8 17.500h12M4 6.500h.01M4 12h.01M4 17.500h.01" />
  </Icon>
);

export const TalkIcon = () => (
  <Icon>
    <path d="M4 12v.01M8 8.500v7M12 5v14M16 8.500v7M20 12v.01" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon size={18}>
    <path d="m6 6 12 12M18 6 6 18" />
  </Icon>
);

export const BinIcon = () => (
  <Icon size={18}>
    <path d="M4.500 7h15M9.500 7V4.500h5V7M6.500 7l.8 12.500h9.400L17.500 7M10.500 10.500v5.500M13.500 10.500v5.500" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M12 5v14M5 12h14" />
  </Icon>
);

export const LeaveIcon = () => (
  <Icon>
    <path d="M14 8V5.500A1.500 1.500 0 0 0 12.500 4h-6A1.500 1.500 0 0 0 5 5.500v13A1.500 1.500 0 0 0 6.500 20h6a1.500 1.500 0 0 0 1.500-1.500V16M10 12h10M17 9l3 3-3 3" />
  </Icon>
);

export const ChevronIcon = () => (
  <Icon size={14}>
    <path d="m9 6 6 6-6 6" />
  </Icon>
);
