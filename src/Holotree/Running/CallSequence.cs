using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Reflinks.Platform;

namespace Holotree.Running;

/// <summary>The system calls that a child shall make, with the texts they take, all in memory that does not move.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class CallSequence
{
    readonly List<CallStep> steps = [];
    readonly List<string> actions = [];
    readonly List<object> texts = [];
    CallStep[] pinned = [];
    int maskStep = -1;

    /// <summary>A bit for each error.</summary>
    internal static ulong Errors(params ReadOnlySpan<Errno> errors)
    {
        ulong bits = 0;
        foreach (Errno error in errors) bits |= 1UL << (int)error;
        return bits;
    }

    /// <summary>How many there are so far.</summary>
    internal int Count => steps.Count;

    /// <summary>What a step is for, as an action: "mount the overlay".</summary>
    internal string ActionOf(int step) => actions[step];

    /// <summary>Adds a call. Returns its place.</summary>
    internal int Add(
        string action, int number, nint first = 0, nint second = 0, nint third = 0, nint fourth = 0, nint fifth = 0,
        nint wanted = CallStep.Any, ulong goesOn = 0, ulong skips = 0)
    {
        actions.Add(action);
        steps.Add(new CallStep
        {
            Number = number,
            First = first,
            Second = second,
            Third = third,
            Fourth = fourth,
            Fifth = fifth,
            Wanted = wanted,
            GoesOn = goesOn,
            Skips = skips,
        });
        return steps.Count - 1;
    }

    /// <summary>Opens a file; the step behind it gets the descriptor as its first argument.</summary>
    internal void Open(string action, string path, int flags, ulong goesOn = 0)
    {
        int step = Add(action, SystemCall.openat, Reflinks.Platform.Kernel.AT_FDCWD, Text(path), flags | Reflinks.Platform.Kernel.O_CLOEXEC, goesOn: goesOn);
        KeepFor(step, step + 1);
    }

    /// <summary>Writes a text into a file of /proc, in one call as these want it.</summary>
    internal void Write(string action, string path, string text)
    {
        Open(action, path, Reflinks.Platform.Kernel.O_WRONLY);
        Add(action, SystemCall.write, 0, Text(text), text.Length, wanted: text.Length);
    }

    /// <summary>Makes a step's result the first argument of another.</summary>
    internal void KeepFor(int step, int user) =>
        CollectionsMarshal.AsSpan(steps)[step].Keep = (user * (sizeof(CallStep) / sizeof(nint))) + CallStep.WordsBeforeArguments;

    /// <summary>Gives the signal mask back that this process has.</summary>
    internal void RestoreSignals() =>
        maskStep = Add("unblock signals", SystemCall.rt_sigprocmask, Interop.SIG_SETMASK, 0, 0, sizeof(ulong));

    /// <summary>Becomes a program.</summary>
    internal void Execute(byte[] path, IReadOnlyList<byte[]> words, NativeWords environment, ulong goesOn, ulong skips)
    {
        var arguments = new NativeWords(words);
        texts.Add(arguments);
        texts.Add(environment);
        Add("start the program", SystemCall.execve, Text(path), (nint)arguments.Pointers, (nint)environment.Pointers, goesOn: goesOn, skips: skips);
    }

    /// <summary>Says that this is the end, and ends.</summary>
    /// <param name="report">The descriptor on which failures are told.</param>
    internal void End(int report)
    {
        byte[] none = Pinned(sizeof(StepReport));
        none.AsSpan().Fill(0xFF);
        Add("report", SystemCall.write, report, Pointer(none), none.Length, goesOn: ulong.MaxValue);
        Add("end", SystemCall.exit_group, 127);
    }

    internal CallStep[] Steps
    {
        get
        {
            pinned = GC.AllocateArray<CallStep>(steps.Count, pinned: true);
            steps.CopyTo(pinned);
            return pinned;
        }
    }

    internal void TellSignalMask(nint mask) => pinned[maskStep].Second = mask;

    /// <summary>A text that ends with NUL.</summary>
    internal nint Text(string text) => Text(System.Text.Encoding.UTF8.GetBytes(text));

    nint Text(byte[] text)
    {
        if (text.Contains((byte)0)) throw new ArgumentException("A text for the system cannot contain NUL.", nameof(text));
        byte[] ended = Pinned(text.Length + 1);
        text.CopyTo(ended, 0);
        return Pointer(ended);
    }

    byte[] Pinned(int length)
    {
        byte[] bytes = GC.AllocateArray<byte>(length, pinned: true);
        texts.Add(bytes);
        return bytes;
    }

    static nint Pointer(byte[] bytes) => (nint)Unsafe.AsPointer(ref bytes[0]);
}
