function mpc = ring
% Five buses in a ring of equal lines; only the line from 1 to 2 has a rating: 60 MW.
mpc.version = '2';
mpc.baseMVA = 100;
% bus_i type Pd Qd Gs Bs area Vm Va baseKV zone Vmax Vmin
mpc.bus = [
  1 3 0 0 0 0 1 1 0 230 1 1.1 0.9;
  2 1 0 0 0 0 1 1 0 230 1 1.1 0.9;
  3 1 0 0 0 0 1 1 0 230 1 1.1 0.9;
  4 1 0 0 0 0 1 1 0 230 1 1.1 0.9;
  5 1 0 0 0 0 1 1 0 230 1 1.1 0.9;
];
% bus Pg Qg Qmax Qmin Vg mBase status Pmax Pmin
mpc.gen = [
  1 0 0 0 0 1 100 1 0 0;
];
% fbus tbus r x b rateA rateB rateC ratio angle status angmin angmax
mpc.branch = [
  1 2 0 0.1 0 60 0 0 0 0 1 -360 360;
  2 3 0 0.1 0 0  0 0 0 0 1 -360 360;
  3 4 0 0.1 0 0  0 0 0 0 1 -360 360;
  4 5 0 0.1 0 0  0 0 0 0 1 -360 360;
  5 1 0 0.1 0 0  0 0 0 0 1 -360 360;
];
