using System.Runtime.InteropServices;

namespace Holotree.Running;

/// <summary>One system call as data: prepared by a process, made by the child that it forks. All fields are words, so that a result can be kept in any.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CallStep
{
    internal const nint Any = -1;

    /// <summary>How many words there are before <see cref="First"/>.</summary>
    internal const int WordsBeforeArguments = 1;

    internal nint Number;
    internal nint First, Second, Third, Fourth, Fifth, Sixth;

    /// <summary>The word, counted from the first step on, that takes the result, to be a later step's argument; 0 for none.</summary>
    internal nint Keep;

    /// <summary>The only result that is a success, or <see cref="Any"/> that is not negative.</summary>
    internal nint Wanted;

    /// <summary>The errors, a bit for each number, after which the next step comes all the same.</summary>
    internal ulong GoesOn;

    /// <summary>The errors after which the next step is left out.</summary>
    internal ulong Skips;
}
